import type { ContainerStats, MemoryStats, Pressure } from '../../model/container.ts';
import { countOf, parseFlatKeyed, parseIoStat, parsePressureFile } from './parse.ts';
import { type Files, processesOf } from './v1.ts';

export const v2Files = [
  'cpu.stat',
  'memory.current',
  'memory.stat',
  'memory.swap.current',
  'memory.peak',
  'memory.events',
  'io.stat',
  'pids.current',
  'cgroup.procs',
  'cpu.pressure',
  'memory.pressure',
  'io.pressure',
] as const;

type GroupStats = Omit<ContainerStats, 'networks'>;

/** Files and units as in the kernel's Documentation/admin-guide/cgroup-v2. */
export function statsOfV2(files: Files): GroupStats {
  const cpu = parseFlatKeyed(files.get('cpu.stat'));
  return {
    cpu: cpuOf(cpu),
    throttling: throttlingOf(cpu),
    memory: memoryOf(files),
    blockIo: parseIoStat(files.get('io.stat') ?? ''),
    threads: countOf(files.get('pids.current')),
    processes: processesOf(files.get('cgroup.procs')),
    pressure: pressureOf(files),
  };
}

function cpuOf(stat: ReadonlyMap<string, number>): GroupStats['cpu'] {
  const [usage, user, system] = [stat.get('usage_usec'), stat.get('user_usec'), stat.get('system_usec')];
  if (usage === undefined || user === undefined || system === undefined) return undefined;
  return { usageSeconds: usage / 1e6, userSeconds: user / 1e6, systemSeconds: system / 1e6 };
}

/** Only there where the cpu controller is enabled. */
function throttlingOf(stat: ReadonlyMap<string, number>): GroupStats['throttling'] {
  const [periods, throttledPeriods, time] = [
    stat.get('nr_periods'),
    stat.get('nr_throttled'),
    stat.get('throttled_usec'),
  ];
  if (periods === undefined || throttledPeriods === undefined || time === undefined) return undefined;
  return { periods, throttledPeriods, throttledSeconds: time / 1e6 };
}

function memoryOf(files: Files): MemoryStats | undefined {
  const usage = countOf(files.get('memory.current'));
  const stat = parseFlatKeyed(files.get('memory.stat'));
  const [cache, rss, inactive] = [stat.get('file'), stat.get('anon'), stat.get('inactive_file')];
  if (usage === undefined || cache === undefined || rss === undefined || inactive === undefined) return undefined;
  const events = parseFlatKeyed(files.get('memory.events'));
  return {
    usageBytes: usage,
    workingSetBytes: Math.max(0, usage - inactive),
    cacheBytes: cache,
    rssBytes: rss,
    mappedFileBytes: stat.get('file_mapped'),
    swapBytes: countOf(files.get('memory.swap.current')),
    maxUsageBytes: countOf(files.get('memory.peak')),
    limitHits: events.get('max'),
    oomKills: events.get('oom_kill'),
  };
}

/** A kernel without PSI, or started with psi=0, has none of the files. */
function pressureOf(files: Files): GroupStats['pressure'] {
  const [cpu, memory, io] = (['cpu', 'memory', 'io'] as const).map((name) => files.get(`${name}.pressure`));
  if (cpu === undefined && memory === undefined && io === undefined) return undefined;
  const of = (text: string | undefined): Pressure => parsePressureFile(text ?? '');
  return { cpu: of(cpu), memory: of(memory), io: of(io) };
}
