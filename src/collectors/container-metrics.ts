import type { ContainerDetails, ContainerStats } from '../model/container.ts';
import type { Labels } from '../model/labels.ts';
import { counter, gauge, type MetricDef, type Sample, sample, withOpenLabels } from '../model/sample.ts';
import type { DockerHostInfo } from '../sources/docker/docker-source.ts';

const base = ['id', 'name', 'image'] as const;
type Base = (typeof base)[number];
type BaseLabels = Readonly<Record<Base, string>>;

const used = (name: string, help: string): MetricDef<Base> => withOpenLabels(gauge(name, help, base));
const total = (name: string, help: string): MetricDef<Base> => withOpenLabels(counter(name, help, base));
const perCpu = (name: string, help: string) => withOpenLabels(counter(name, help, [...base, 'cpu']));
const perDevice = (name: string, help: string) => withOpenLabels(counter(name, help, [...base, 'device']));
const perInterface = (name: string, help: string) => withOpenLabels(counter(name, help, [...base, 'interface']));

/** Names, labels, units and meaning are cAdvisor's, so that its dashboards and rules work unchanged. */
export const containerMetrics = {
  cpuUsage: perCpu('container_cpu_usage_seconds_total', 'CPU time that the container used.'),
  cpuUser: total('container_cpu_user_seconds_total', 'CPU time that the container used in user mode.'),
  cpuSystem: total('container_cpu_system_seconds_total', 'CPU time that the container used in the kernel.'),
  cfsPeriods: total('container_cpu_cfs_periods_total', 'Enforcement periods of the CPU limit that have passed.'),
  cfsThrottledPeriods: total(
    'container_cpu_cfs_throttled_periods_total',
    'Enforcement periods in which the container was held back by its CPU limit.',
  ),
  cfsThrottled: total('container_cpu_cfs_throttled_seconds_total', 'Time that the CPU limit held the container back.'),
  memoryUsage: used('container_memory_usage_bytes', 'Memory in use, with all caches.'),
  memoryWorkingSet: used(
    'container_memory_working_set_bytes',
    'Memory in use without the file cache that the kernel can drop at once.',
  ),
  memoryCache: used('container_memory_cache', 'File cache in bytes.'),
  memoryRss: used('container_memory_rss', 'Anonymous memory in bytes.'),
  memorySwap: used('container_memory_swap', 'Swap in use in bytes; absent where the kernel does not say.'),
  receiveBytes: perInterface('container_network_receive_bytes_total', 'Bytes received.'),
  receivePackets: perInterface('container_network_receive_packets_total', 'Packets received.'),
  receiveErrors: perInterface('container_network_receive_errors_total', 'Errors while receiving.'),
  receiveDropped: perInterface('container_network_receive_packets_dropped_total', 'Packets dropped while receiving.'),
  transmitBytes: perInterface('container_network_transmit_bytes_total', 'Bytes sent.'),
  transmitPackets: perInterface('container_network_transmit_packets_total', 'Packets sent.'),
  transmitErrors: perInterface('container_network_transmit_errors_total', 'Errors while sending.'),
  transmitDropped: perInterface('container_network_transmit_packets_dropped_total', 'Packets dropped while sending.'),
  readBytes: perDevice('container_fs_reads_bytes_total', 'Bytes read from the block device, given as major:minor.'),
  writtenBytes: perDevice(
    'container_fs_writes_bytes_total',
    'Bytes written to the block device, given as major:minor.',
  ),
  threads: used('container_threads', 'Threads of all processes in the container.'),
  specMemory: used('container_spec_memory_limit_bytes', 'Memory limit; 0 where there is none.'),
  specCpuQuota: used('container_spec_cpu_quota', 'CPU time in microseconds allowed per period; absent without limit.'),
  specCpuPeriod: used('container_spec_cpu_period', 'The period of the CPU limit in microseconds.'),
  specCpuShares: used('container_spec_cpu_shares', 'The weight of the container where CPU is short.'),
  startTime: used('container_start_time_seconds', 'When the container was started, in seconds since the epoch.'),
  lastSeen: used('container_last_seen', 'When the container was last seen running, in seconds since the epoch.'),
  machineCores: gauge('machine_cpu_cores', 'CPU cores of the Docker host.'),
  machineMemory: gauge('machine_memory_bytes', 'Memory of the Docker host.'),
} as const;

const metrics = containerMetrics;

export function machineSamples({ cpus, memoryBytes }: DockerHostInfo): readonly Sample[] {
  return [sample(metrics.machineCores, {}, cpus), sample(metrics.machineMemory, {}, memoryBytes)];
}

export function usageSamples(
  details: ContainerDetails,
  stats: ContainerStats,
  labels: BaseLabels,
  open: Labels,
): readonly Sample[] {
  const one = (metric: MetricDef<Base>, value: number | undefined): readonly Sample[] =>
    value === undefined ? [] : [sample(metric, labels, value, open)];
  const { cpu, memory } = stats;
  return [
    sample(metrics.cpuUsage, { ...labels, cpu: 'total' }, cpu.usageSeconds, open),
    ...one(metrics.cpuUser, cpu.userSeconds),
    ...one(metrics.cpuSystem, cpu.systemSeconds),
    ...(details.cpuQuota > 0
      ? [
          ...one(metrics.cfsPeriods, cpu.periods),
          ...one(metrics.cfsThrottledPeriods, cpu.throttledPeriods),
          ...one(metrics.cfsThrottled, cpu.throttledSeconds),
        ]
      : []),
    ...one(metrics.memoryUsage, memory?.usageBytes),
    ...one(metrics.memoryWorkingSet, memory?.workingSetBytes),
    ...one(metrics.memoryCache, memory?.cacheBytes),
    ...one(metrics.memoryRss, memory?.rssBytes),
    ...one(metrics.memorySwap, memory?.swapBytes),
    ...one(metrics.threads, stats.pids),
    ...networkSamples(stats, labels, open),
    ...diskSamples(stats, labels, open),
  ];
}

function networkSamples(stats: ContainerStats, base: BaseLabels, open: Labels): readonly Sample[] {
  return stats.networks.flatMap(({ interface: name, receive, transmit }) => {
    const labels = { ...base, interface: name };
    return [
      sample(metrics.receiveBytes, labels, receive.bytes, open),
      sample(metrics.receivePackets, labels, receive.packets, open),
      sample(metrics.receiveErrors, labels, receive.errors, open),
      sample(metrics.receiveDropped, labels, receive.dropped, open),
      sample(metrics.transmitBytes, labels, transmit.bytes, open),
      sample(metrics.transmitPackets, labels, transmit.packets, open),
      sample(metrics.transmitErrors, labels, transmit.errors, open),
      sample(metrics.transmitDropped, labels, transmit.dropped, open),
    ];
  });
}

function diskSamples(stats: ContainerStats, base: BaseLabels, open: Labels): readonly Sample[] {
  return stats.blockIo.flatMap(({ device, readBytes, writeBytes }) => [
    sample(metrics.readBytes, { ...base, device }, readBytes, open),
    sample(metrics.writtenBytes, { ...base, device }, writeBytes, open),
  ]);
}

/** What the container was given. `seen` is in seconds since the epoch. */
export function specSamples(
  details: ContainerDetails,
  labels: BaseLabels,
  open: Labels,
  seen: number,
): readonly Sample[] {
  const { cpuQuota, cpuPeriod, cpuShares, memoryLimitBytes, state } = details;
  return [
    sample(metrics.specMemory, labels, memoryLimitBytes, open),
    sample(metrics.specCpuPeriod, labels, cpuPeriod, open),
    sample(metrics.specCpuShares, labels, cpuShares, open),
    ...(cpuQuota > 0 ? [sample(metrics.specCpuQuota, labels, cpuQuota, open)] : []),
    ...(state.startedAt === undefined ? [] : [sample(metrics.startTime, labels, state.startedAt / 1000, open)]),
    sample(metrics.lastSeen, labels, seen, open),
  ];
}
