import { counter, sample } from '../../model/sample.ts';
import type { HostPart } from './part.ts';
import { cpuModes, guestModes, parseProcStat } from './proc-stat.ts';

const seconds = counter('node_cpu_seconds_total', 'Time that each processor spent in each mode.', ['cpu', 'mode']);
const guestSeconds = counter(
  'node_cpu_guest_seconds_total',
  'Time that each processor spent running virtual machines; the modes user and nice include it.',
  ['cpu', 'mode'],
);

/** The kernel's unit towards user space (USER_HZ) is 1/100 s on every architecture that Node runs on. */
const ticksPerSecond = 100;

export const cpu: HostPart = {
  name: 'cpu',
  metrics: { seconds, guestSeconds },
  async collect(view) {
    const { cpus } = parseProcStat(await view.read('stat'));
    return cpus.flatMap(({ cpu: id, ticks }) =>
      ticks.map((tick, index) => {
        const value = tick / ticksPerSecond;
        const mode = cpuModes[index];
        if (mode !== undefined) return sample(seconds, { cpu: id, mode }, value);
        return sample(guestSeconds, { cpu: id, mode: guestModes[index - cpuModes.length] ?? 'user' }, value);
      }),
    );
  },
};
