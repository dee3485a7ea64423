import type { ContainerStats, MemoryStats } from '../../model/container.ts';
import { countOf, parseBlkio, parseFlatKeyed } from './parse.ts';
import type { Controller } from './place.ts';

/** What the kernel keeps of a group: its files, by controller. */
export const v1Files = {
  cpuacct: ['cpuacct.usage', 'cpuacct.stat'],
  cpu: ['cpu.stat'],
  memory: ['memory.usage_in_bytes', 'memory.stat', 'memory.max_usage_in_bytes', 'memory.failcnt', 'memory.oom_control'],
  pids: ['pids.current', 'cgroup.procs'],
  blkio: ['blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_serviced_recursive'],
} as const satisfies Readonly<Record<Controller, readonly string[]>>;

export type Files = ReadonlyMap<string, string>;
type GroupStats = Omit<ContainerStats, 'networks'>;

/** `cpuacct.stat` counts in USER_HZ, which Linux has at 100 for every user program. */
const ticksPerSecond = 100;

/** Files and units as in the kernel's Documentation/admin-guide/cgroup-v1. */
export function statsOfV1(files: Files): GroupStats {
  return {
    cpu: cpuOf(files),
    throttling: throttlingOf(parseFlatKeyed(files.get('cpu.stat'))),
    memory: memoryOf(files),
    blockIo: parseBlkio(
      files.get('blkio.throttle.io_service_bytes_recursive'),
      files.get('blkio.throttle.io_serviced_recursive'),
    ),
    threads: countOf(files.get('pids.current')),
    processes: processesOf(files.get('cgroup.procs')),
    pressure: undefined,
  };
}

function cpuOf(files: Files): GroupStats['cpu'] {
  const usage = countOf(files.get('cpuacct.usage'));
  const ticks = parseFlatKeyed(files.get('cpuacct.stat'));
  const [user, system] = [ticks.get('user'), ticks.get('system')];
  if (usage === undefined || user === undefined || system === undefined) return undefined;
  return { usageSeconds: usage / 1e9, userSeconds: user / ticksPerSecond, systemSeconds: system / ticksPerSecond };
}

function throttlingOf(stat: ReadonlyMap<string, number>): GroupStats['throttling'] {
  const [periods, throttledPeriods, time] = [
    stat.get('nr_periods'),
    stat.get('nr_throttled'),
    stat.get('throttled_time'),
  ];
  if (periods === undefined || throttledPeriods === undefined || time === undefined) return undefined;
  return { periods, throttledPeriods, throttledSeconds: time / 1e9 };
}

/** `total_*` count the groups below too. Working set as cAdvisor computes it, not below 0. */
function memoryOf(files: Files): MemoryStats | undefined {
  const usage = countOf(files.get('memory.usage_in_bytes'));
  const stat = parseFlatKeyed(files.get('memory.stat'));
  const [cache, rss, inactive] = [stat.get('total_cache'), stat.get('total_rss'), stat.get('total_inactive_file')];
  if (usage === undefined || cache === undefined || rss === undefined || inactive === undefined) return undefined;
  return {
    usageBytes: usage,
    workingSetBytes: Math.max(0, usage - inactive),
    cacheBytes: cache,
    rssBytes: rss,
    mappedFileBytes: stat.get('total_mapped_file'),
    swapBytes: stat.get('total_swap'),
    maxUsageBytes: countOf(files.get('memory.max_usage_in_bytes')),
    limitHits: countOf(files.get('memory.failcnt')),
    oomKills: parseFlatKeyed(files.get('memory.oom_control')).get('oom_kill'),
  };
}

/** One line a process; none where the reader's pid namespace is not the host's. */
export function processesOf(text: string | undefined): number | undefined {
  const lines = (text ?? '').split('\n').filter((line) => /^\d+$/.test(line));
  return lines.length === 0 ? undefined : lines.length;
}
