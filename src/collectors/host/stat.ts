import { counter, gauge, sample } from '../../model/sample.ts';
import type { HostPart } from './part.ts';
import { parseProcStat } from './proc-stat.ts';

/** By their names in /proc/stat. */
const metrics = {
  btime: gauge('node_boot_time_seconds', 'When the host was started, in seconds since the epoch.'),
  ctxt: counter('node_context_switches_total', 'Context switches since the start.'),
  intr: counter('node_intr_total', 'Interrupts served since the start.'),
  processes: counter('node_forks_total', 'Processes and threads created since the start.'),
  procs_running: gauge('node_procs_running', 'Threads that run or wait for a processor.'),
  procs_blocked: gauge('node_procs_blocked', 'Threads that wait for input or output.'),
} as const;

export const stat: HostPart = {
  name: 'stat',
  metrics,
  async collect(view) {
    const { totals } = parseProcStat(await view.read('stat'));
    return Object.entries(metrics).flatMap(([name, metric]) => {
      const value = totals.get(name);
      return value === undefined ? [] : [sample(metric, {}, value)];
    });
  },
};
