import { counter, type Sample, sample } from '../../model/sample.ts';
import { topologyMetrics, topologyOf } from './cpu-topology.ts';
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

const idle = cpuModes.indexOf('idle');
/** A processor whose idle time is 3 s less than before was taken off and came back with new counters. */
const jumpTicks = 3 * ticksPerSecond;

export const cpu: HostPart = {
  name: 'cpu',
  metrics: { seconds, guestSeconds, ...topologyMetrics },
  async collect(view) {
    const { cpus } = parseProcStat(await view.read('stat'));
    const { lastTicks } = view;
    const held = cpus.map(({ cpu: id, ticks }) => ({ id, ticks: holdTicks(lastTicks.get(id), ticks) }));
    lastTicks.clear();
    for (const { id, ticks } of held) lastTicks.set(id, ticks);
    return [...held.flatMap(({ id, ticks }) => samplesOf(id, ticks)), ...topologyOf(view)];
  },
};

/**
 * The kernel takes back a little of `iowait` and `idle` when a task moves to another processor. A counter that falls
 * looks like a restart to `rate`, so each stays at what it was until the kernel's has caught up.
 */
function holdTicks(before: readonly number[] | undefined, now: readonly number[]): readonly number[] {
  if (!before || (before[idle] ?? 0) - (now[idle] ?? 0) >= jumpTicks) return now;
  return now.map((ticks, mode) => Math.max(ticks, before[mode] ?? 0));
}

function samplesOf(id: string, ticks: readonly number[]): readonly Sample[] {
  return ticks.map((tick, index) => {
    const value = tick / ticksPerSecond;
    const mode = cpuModes[index];
    if (mode !== undefined) return sample(seconds, { cpu: id, mode }, value);
    return sample(guestSeconds, { cpu: id, mode: guestModes[index - cpuModes.length] ?? 'user' }, value);
  });
}
