import { counter, gauge, type MetricDef, withOpenLabels } from '../model/sample.ts';

const base = ['id', 'name', 'image'] as const;
export type Base = (typeof base)[number];

const used = (name: string, help: string): MetricDef<Base> => withOpenLabels(gauge(name, help, base));
const total = (name: string, help: string): MetricDef<Base> => withOpenLabels(counter(name, help, base));
const perCpu = (name: string, help: string) => withOpenLabels(counter(name, help, [...base, 'cpu']));
const perDevice = (name: string, help: string) => withOpenLabels(counter(name, help, [...base, 'device']));
const pressure = (resource: string, kind: string, what: string) =>
  total(`container_pressure_${resource}_${kind}_seconds_total`, `Time during which ${what}.`);
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
  memoryMapped: used('container_memory_mapped_file', 'File pages in bytes that processes have mapped.'),
  memoryMax: used('container_memory_max_usage_bytes', 'The most memory that was ever in use.'),
  memoryFailures: used(
    'container_memory_failcnt',
    "How often the memory limit was hit: a count that only grows, under the original's name.",
  ),
  oomKills: total(
    'runnerwatch_container_oom_kills_total',
    'Processes that the kernel killed for want of memory since the container was started; from its own files only.',
  ),
  receiveBytes: perInterface('container_network_receive_bytes_total', 'Bytes received.'),
  receivePackets: perInterface('container_network_receive_packets_total', 'Packets received.'),
  receiveErrors: perInterface('container_network_receive_errors_total', 'Errors while receiving.'),
  receiveDropped: perInterface('container_network_receive_packets_dropped_total', 'Packets dropped while receiving.'),
  transmitBytes: perInterface('container_network_transmit_bytes_total', 'Bytes sent.'),
  transmitPackets: perInterface('container_network_transmit_packets_total', 'Packets sent.'),
  transmitErrors: perInterface('container_network_transmit_errors_total', 'Errors while sending.'),
  transmitDropped: perInterface('container_network_transmit_packets_dropped_total', 'Packets dropped while sending.'),
  readBytes: perDevice('container_fs_reads_bytes_total', 'Bytes read from the block device.'),
  writtenBytes: perDevice('container_fs_writes_bytes_total', 'Bytes written to the block device.'),
  reads: perDevice('container_fs_reads_total', 'Reads from the block device.'),
  writes: perDevice('container_fs_writes_total', 'Writes to the block device.'),
  cpuWaiting: pressure('cpu', 'waiting', 'some task waited for a processor'),
  cpuStalled: pressure('cpu', 'stalled', 'every task waited for a processor'),
  memoryWaiting: pressure('memory', 'waiting', 'some task waited for memory'),
  memoryStalled: pressure('memory', 'stalled', 'every task waited for memory'),
  ioWaiting: pressure('io', 'waiting', 'some task waited for input or output'),
  ioStalled: pressure('io', 'stalled', 'every task waited for input or output'),
  processes: used('container_processes', 'Processes in the container.'),
  threadsMax: used('container_threads_max', 'The most threads that it may have; absent without limit.'),
  threads: used('container_threads', 'Threads of all processes in the container.'),
  specMemory: used('container_spec_memory_limit_bytes', 'Memory limit; 0 where there is none.'),
  specMemorySwap: used(
    'container_spec_memory_swap_limit_bytes',
    'Limit of memory and swap together; 0 where there is none.',
  ),
  specMemoryReservation: used(
    'container_spec_memory_reservation_limit_bytes',
    'Memory that is left to it where memory is short; 0 where nothing was said.',
  ),
  specCpuQuota: used('container_spec_cpu_quota', 'CPU time in microseconds allowed per period; absent without limit.'),
  specCpuPeriod: used('container_spec_cpu_period', 'The period of the CPU limit in microseconds.'),
  specCpuShares: used('container_spec_cpu_shares', 'The weight of the container where CPU is short.'),
  startTime: used('container_start_time_seconds', 'When the container was started, in seconds since the epoch.'),
  lastSeen: used('container_last_seen', 'When the container was last seen running, in seconds since the epoch.'),
  healthState: used(
    'container_health_state',
    'Health check: 1 is healthy, 0 unhealthy or starting, -1 without a check.',
  ),
  statsSource: gauge(
    'runnerwatch_container_stats_source',
    "Containers whose usage came from the kernel's own files (cgroup), or from Docker where those cannot be seen.",
    ['source'],
  ),
  machineCores: gauge('machine_cpu_cores', 'CPU cores of the Docker host.'),
  machineMemory: gauge('machine_memory_bytes', 'Memory of the Docker host.'),
} as const;
