import { linesOf, numberOf, wordsOf } from './part.ts';

/** /proc/stat. A field that the kernel did not print is absent. */
export interface ProcStat {
  /** Per processor, its times in the order of `cpuModes`, in ticks of 1/100 s. */
  readonly cpus: readonly { readonly cpu: string; readonly ticks: readonly number[] }[];
  /** The single-valued lines: `ctxt`, `btime`, `processes`, …; of `intr` the total. */
  readonly totals: ReadonlyMap<string, number>;
}

export const cpuModes = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;
/** After the modes: time spent for guests, which `user` and `nice` include. */
export const guestModes = ['user', 'nice'] as const;

const totalNames = new Set(['ctxt', 'btime', 'processes', 'procs_running', 'procs_blocked', 'intr']);

export function parseProcStat(text: string): ProcStat {
  const cpus: { cpu: string; ticks: number[] }[] = [];
  const totals = new Map<string, number>();
  for (const line of linesOf(text)) {
    // The line `intr` has thousands of words, of which one is of use.
    const [name = '', ...words] = wordsOf(line.slice(0, 400));
    const cpu = /^cpu(\d+)$/.exec(name)?.[1];
    if (cpu !== undefined) {
      const ticks = words.slice(0, cpuModes.length + guestModes.length).map(numberOf);
      // The first four times are as old as procfs; a line without them is none of the kernel's.
      if (ticks.length >= 4 && ticks.every((tick) => tick !== undefined)) cpus.push({ cpu, ticks });
      continue;
    }
    const total = totalNames.has(name) ? numberOf(words[0]) : undefined;
    if (total !== undefined) totals.set(name, total);
  }
  return { cpus, totals };
}
