import { gauge, sample } from '../../model/sample.ts';
import { type HostPart, linesOf, numberOf, wordsOf } from './part.ts';

/**
 * The fields that node_exporter selects by default. Its names lack `_total` although they count up, and it gives
 * them no type; a gauge is the nearest that keeps the names.
 */
const metrics = {
  oom_kill: gauge('node_vmstat_oom_kill', 'Processes killed for lack of memory since the start.'),
  pgfault: gauge('node_vmstat_pgfault', 'Page faults since the start.'),
  pgmajfault: gauge('node_vmstat_pgmajfault', 'Page faults that had to read from a disk, since the start.'),
  pgpgin: gauge('node_vmstat_pgpgin', 'KiB paged in from disks since the start.'),
  pgpgout: gauge('node_vmstat_pgpgout', 'KiB paged out to disks since the start.'),
  pswpin: gauge('node_vmstat_pswpin', 'Pages swapped in since the start.'),
  pswpout: gauge('node_vmstat_pswpout', 'Pages swapped out since the start.'),
} as const;

export function parseVmstat(text: string): ReadonlyMap<string, number> {
  const fields = new Map<string, number>();
  for (const line of linesOf(text)) {
    const [name = '', word, ...rest] = wordsOf(line);
    const value = numberOf(word);
    if (value !== undefined && rest.length === 0) fields.set(name, value);
  }
  return fields;
}

export const vmstat: HostPart = {
  name: 'vmstat',
  metrics,
  async collect(view) {
    const fields = parseVmstat(await view.read('vmstat'));
    return Object.entries(metrics).flatMap(([name, metric]) => {
      const value = fields.get(name);
      return value === undefined ? [] : [sample(metric, {}, value)];
    });
  },
};
