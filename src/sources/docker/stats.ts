import { z } from 'zod';
import type { ContainerStats, DeviceCounters, InterfaceCounters, MemoryStats } from '../../model/container.ts';

const count = z.number().min(0);

const Interface = z.object({
  rx_bytes: count,
  rx_packets: count,
  rx_errors: count,
  rx_dropped: count,
  tx_bytes: count,
  tx_packets: count,
  tx_errors: count,
  tx_dropped: count,
});

const BlockIo = z.object({ major: z.number(), minor: z.number(), op: z.string(), value: z.number() });

const Stats = z.object({
  read: z.string(),
  cpu_stats: z.object({
    cpu_usage: z.object({ total_usage: z.number(), usage_in_usermode: count, usage_in_kernelmode: count }),
    throttling_data: z.object({ periods: count, throttled_periods: count, throttled_time: count }).nullish(),
  }),
  memory_stats: z.object({
    usage: z.number().nullish(),
    max_usage: z.number().nullish(),
    failcnt: z.number().nullish(),
    stats: z.record(z.string(), z.number()).nullish(),
  }),
  networks: z.record(z.string(), Interface).nullish(),
  blkio_stats: z
    .object({
      io_service_bytes_recursive: z.array(BlockIo).nullish(),
      io_serviced_recursive: z.array(BlockIo).nullish(),
    })
    .nullish(),
  pids_stats: z.object({ current: z.number().nullish() }).nullish(),
});

type Stats = z.output<typeof Stats>;

/** The answer to `GET /containers/{id}/stats?stream=false&one-shot=true`; undefined where the container does not run. */
export const StatsAnswer = Stats.transform((stats): ContainerStats | undefined => {
  // Docker answers for a stopped container too, with zeros and Go's zero time.
  if (stats.read.startsWith('0001-')) return undefined;
  const { cpu_usage: usage, throttling_data: throttling } = stats.cpu_stats;
  return {
    cpu: {
      usageSeconds: usage.total_usage / 1e9,
      userSeconds: usage.usage_in_usermode / 1e9,
      systemSeconds: usage.usage_in_kernelmode / 1e9,
    },
    throttling: {
      periods: throttling?.periods ?? 0,
      throttledPeriods: throttling?.throttled_periods ?? 0,
      throttledSeconds: (throttling?.throttled_time ?? 0) / 1e9,
    },
    memory: memoryOf(stats.memory_stats),
    networks: Object.entries(stats.networks ?? {}).map(([name, counters]) => interfaceOf(name, counters)),
    blockIo: devicesOf(stats.blkio_stats),
    threads: stats.pids_stats?.current ?? undefined,
    processes: undefined,
    pressure: undefined,
  };
});

/**
 * cgroup v1 counts a container with the groups below it in `total_*`; v2 has one set of names, and no swap in it.
 * Working set as the kubelet and cAdvisor compute it: usage without the inactive file pages, not below 0.
 */
function memoryOf({ usage, stats, ...counts }: Stats['memory_stats']): MemoryStats | undefined {
  if (usage === undefined || usage === null || !stats) return undefined;
  const isV1 = stats.total_inactive_file !== undefined;
  const inactive = (isV1 ? stats.total_inactive_file : stats.inactive_file) ?? 0;
  return {
    usageBytes: usage,
    workingSetBytes: Math.max(0, usage - inactive),
    cacheBytes: (isV1 ? stats.total_cache : stats.file) ?? 0,
    rssBytes: (isV1 ? stats.total_rss : stats.anon) ?? 0,
    mappedFileBytes: isV1 ? stats.total_mapped_file : stats.file_mapped,
    swapBytes: isV1 ? stats.total_swap : undefined,
    // Docker says 0 for both on v2, where it does not know them.
    maxUsageBytes: isV1 ? (counts.max_usage ?? undefined) : undefined,
    limitHits: isV1 ? (counts.failcnt ?? 0) : undefined,
    oomKills: undefined,
  };
}

function interfaceOf(name: string, counters: z.output<typeof Interface>): InterfaceCounters {
  return {
    interface: name,
    receive: {
      bytes: counters.rx_bytes,
      packets: counters.rx_packets,
      errors: counters.rx_errors,
      dropped: counters.rx_dropped,
    },
    transmit: {
      bytes: counters.tx_bytes,
      packets: counters.tx_packets,
      errors: counters.tx_errors,
      dropped: counters.tx_dropped,
    },
  };
}

/** v1 says `Read`, v2 `read`; the other operations (Sync, Async, Total, …) count the same again. */
function devicesOf(blockIo: Stats['blkio_stats']): readonly DeviceCounters[] {
  const devices = new Map<string, { -readonly [K in keyof DeviceCounters]: DeviceCounters[K] }>();
  const of = ({ major, minor }: z.output<typeof BlockIo>) => {
    const device = `${major}:${minor}`;
    const counters = devices.get(device) ?? { device, readBytes: 0, writeBytes: 0, reads: 0, writes: 0 };
    devices.set(device, counters);
    return counters;
  };
  for (const entry of blockIo?.io_service_bytes_recursive ?? []) {
    const op = entry.op.toLowerCase();
    if (op === 'read') of(entry).readBytes += entry.value;
    if (op === 'write') of(entry).writeBytes += entry.value;
  }
  for (const entry of blockIo?.io_serviced_recursive ?? []) {
    const op = entry.op.toLowerCase();
    if (op === 'read') of(entry).reads += entry.value;
    if (op === 'write') of(entry).writes += entry.value;
  }
  return [...devices.values()];
}
