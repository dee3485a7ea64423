import type { ContainerDetails, ContainerStats } from '../model/container.ts';
import type { Labels } from '../model/labels.ts';
import { type MetricDef, type Sample, sample } from '../model/sample.ts';
import type { DockerHostInfo } from '../sources/docker/docker-source.ts';
import { type Base, containerMetrics as metrics } from './container-families.ts';

/** A container as its series name it, and how a block device is called. */
export interface Subject {
  readonly labels: Readonly<Record<Base, string>>;
  /** Allow-listed labels of the container. */
  readonly open: Labels;
  readonly deviceName: (numbers: string) => string;
}

export function machineSamples({ cpus, memoryBytes }: DockerHostInfo): readonly Sample[] {
  return [sample(metrics.machineCores, {}, cpus), sample(metrics.machineMemory, {}, memoryBytes)];
}

/** What is not known has no sample. */
type Known = readonly (readonly [MetricDef<Base>, number | undefined])[];

function samplesOf(known: Known, { labels, open }: Subject): readonly Sample[] {
  return known.flatMap(([metric, value]) => (value === undefined ? [] : [sample(metric, labels, value, open)]));
}

export function usageSamples(details: ContainerDetails, stats: ContainerStats, subject: Subject): readonly Sample[] {
  const { labels, open } = subject;
  const { cpu } = stats;
  return [
    ...(cpu ? [sample(metrics.cpuUsage, { ...labels, cpu: 'total' }, cpu.usageSeconds, open)] : []),
    ...samplesOf(
      [
        [metrics.cpuUser, cpu?.userSeconds],
        [metrics.cpuSystem, cpu?.systemSeconds],
        [metrics.threads, stats.threads],
        [metrics.processes, stats.processes],
        ...throttlingOf(details, stats),
        ...memoryOf(stats),
        ...pressureOf(stats),
      ],
      subject,
    ),
    // Else the same traffic would be told of two containers, or of the container and the host.
    ...(hasOwnNetwork(details) ? networkSamples(stats, subject) : []),
    ...diskSamples(stats, subject),
  ];
}

function hasOwnNetwork({ networkMode }: ContainerDetails): boolean {
  return networkMode !== 'host' && !networkMode.startsWith('container:');
}

/** As cAdvisor: only where there is a limit that could throttle. */
function throttlingOf({ cpuQuota }: ContainerDetails, { throttling }: ContainerStats): Known {
  if (cpuQuota <= 0) return [];
  return [
    [metrics.cfsPeriods, throttling?.periods],
    [metrics.cfsThrottledPeriods, throttling?.throttledPeriods],
    [metrics.cfsThrottled, throttling?.throttledSeconds],
  ];
}

function memoryOf({ memory }: ContainerStats): Known {
  return [
    [metrics.memoryUsage, memory?.usageBytes],
    [metrics.memoryWorkingSet, memory?.workingSetBytes],
    [metrics.memoryCache, memory?.cacheBytes],
    [metrics.memoryRss, memory?.rssBytes],
    [metrics.memorySwap, memory?.swapBytes],
    [metrics.memoryMapped, memory?.mappedFileBytes],
    [metrics.memoryMax, memory?.maxUsageBytes],
    [metrics.memoryFailures, memory?.limitHits],
    [metrics.oomKills, memory?.oomKills],
  ];
}

function pressureOf({ pressure }: ContainerStats): Known {
  return [
    [metrics.cpuWaiting, pressure?.cpu.waitingSeconds],
    [metrics.cpuStalled, pressure?.cpu.stalledSeconds],
    [metrics.memoryWaiting, pressure?.memory.waitingSeconds],
    [metrics.memoryStalled, pressure?.memory.stalledSeconds],
    [metrics.ioWaiting, pressure?.io.waitingSeconds],
    [metrics.ioStalled, pressure?.io.stalledSeconds],
  ];
}

function networkSamples(stats: ContainerStats, { labels: base, open }: Subject): readonly Sample[] {
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

function diskSamples(stats: ContainerStats, { labels: base, open, deviceName }: Subject): readonly Sample[] {
  return stats.blockIo.flatMap((counters) => {
    const labels = { ...base, device: deviceName(counters.device) };
    return [
      sample(metrics.readBytes, labels, counters.readBytes, open),
      sample(metrics.writtenBytes, labels, counters.writeBytes, open),
      sample(metrics.reads, labels, counters.reads, open),
      sample(metrics.writes, labels, counters.writes, open),
    ];
  });
}

/** What the container was given. `seen` is in seconds since the epoch. */
export function specSamples(details: ContainerDetails, subject: Subject, seen: number): readonly Sample[] {
  const { cpuQuota, threadsLimit, state } = details;
  return samplesOf(
    [
      [metrics.specMemory, details.memoryLimitBytes],
      [metrics.specMemorySwap, details.memorySwapLimitBytes],
      [metrics.specMemoryReservation, details.memoryReservationBytes],
      [metrics.specCpuPeriod, details.cpuPeriod],
      [metrics.specCpuShares, details.cpuShares],
      [metrics.specCpuQuota, cpuQuota > 0 ? cpuQuota : undefined],
      [metrics.threadsMax, threadsLimit > 0 ? threadsLimit : undefined],
      [metrics.startTime, state.startedAt === undefined ? undefined : state.startedAt / 1000],
      [metrics.healthState, healthStateOf(details)],
      [metrics.lastSeen, seen],
    ],
    subject,
  );
}

/** cAdvisor's numbers. */
function healthStateOf({ health }: ContainerDetails): number {
  if (!health) return -1;
  return health.status === 'healthy' ? 1 : 0;
}
