import type { Labels } from './labels.ts';

/** Docker's own words for where a container is in its life. */
export const containerStates = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'] as const;

export const containerHealths = ['healthy', 'unhealthy', 'starting', 'none'] as const;
export type ContainerHealth = (typeof containerHealths)[number];

/** A container as a list names it. `name` has no leading slash. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Labels;
  readonly state: string;
  /** Its IP addresses in all networks; none while it does not run. */
  readonly addresses: readonly string[];
}

/** One container in full. Times are milliseconds since the epoch; a time that never was is undefined. */
export interface ContainerDetails {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly labels: Labels;
  readonly state: {
    /** One of `containerStates`; a word that Docker adds later comes through as it is. */
    readonly status: string;
    readonly running: boolean;
    readonly exitCode: number;
    readonly oomKilled: boolean;
    readonly startedAt: number | undefined;
    readonly finishedAt: number | undefined;
    /** 0 while no process runs. */
    readonly pid: number;
  };
  /** Absent where the container has no health check. */
  readonly health:
    | {
        readonly status: ContainerHealth;
        readonly failingStreak: number;
        readonly lastOutput: string;
        /** When the last check began, by Docker's clock; absent before the first one of this run. */
        readonly checkedAt?: number;
      }
    | undefined;
  /** By Docker's restart policy since the last manual start: Docker zeroes it then. */
  readonly restartCount: number;
  /** 0 = no limit. */
  readonly memoryLimitBytes: number;
  /** Microseconds per period; 0 = no limit. */
  readonly cpuQuota: number;
  /** Microseconds. */
  readonly cpuPeriod: number;
  readonly cpuShares: number;
  /** Memory and swap together; 0 = no limit. */
  readonly memorySwapLimitBytes: number;
  /** What is left to it where memory is short; 0 = nothing. */
  readonly memoryReservationBytes: number;
  /** The most tasks it may have; 0 = no limit. */
  readonly threadsLimit: number;
  /** `bridge`, `host`, `none`, `container:<id>`, or the name of a network. */
  readonly networkMode: string;
  /** Its IP addresses in all networks; none while it does not run. */
  readonly addresses: readonly string[];
  /** The file of Docker's own logging driver, as the host names it; undefined where another driver writes. */
  readonly logPath: string | undefined;
  /** The directory of the writable layer, as the host names it; undefined where the image store does not tell. */
  readonly layerPath: string | undefined;
  readonly mounts: readonly ContainerMount[];
  readonly createdAt: number;
  /** The runner that lives in it: the label `runnerwatch.runner`, else the environment's RUNNER_NAME. */
  readonly runner: string | undefined;
}

/** What was counted of one container over its life, by watching it. */
export interface ContainerPast {
  readonly id: string;
  /** Milliseconds since the epoch; 0 where it was never started. */
  readonly startedAt: number;
  /** Docker's own restart count when it was last looked at. */
  readonly dockerRestarts: number;
  /** All restarts, by the policy and by hand. */
  readonly restarts: number;
  /** Processes in it that the kernel killed for want of memory. */
  readonly ooms: number;
}

/** A directory or file of the host that the container sees. */
export interface ContainerMount {
  readonly source: string;
  readonly destination: string;
}

/** How much disk one kind of Docker's things takes. */
export interface DiskUse {
  readonly items: number;
  readonly bytes: number;
  /** What a prune would free. */
  readonly reclaimableBytes: number;
}

export const diskKinds = ['images', 'containers', 'volumes', 'build-cache'] as const;
export type DiskKind = (typeof diskKinds)[number];

export interface ContainerSize {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** The writable layer. */
  readonly writtenBytes: number;
}

export interface InterfaceCounters {
  readonly interface: string;
  readonly receive: TrafficCounters;
  readonly transmit: TrafficCounters;
}

export interface TrafficCounters {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
}

export interface DeviceCounters {
  /** `major:minor`, as the kernel counts block devices. */
  readonly device: string;
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly reads: number;
  readonly writes: number;
}

/** Time in seconds during which tasks had to wait; undefined where the kernel does not say. */
export interface Pressure {
  /** Some task waited. */
  readonly waitingSeconds: number | undefined;
  /** Every task waited. */
  readonly stalledSeconds: number | undefined;
}

/** What a running container uses, in base units. An undefined part is one that the kernel does not account for. */
export interface ContainerStats {
  readonly cpu:
    | { readonly usageSeconds: number; readonly userSeconds: number; readonly systemSeconds: number }
    | undefined;
  readonly throttling:
    | { readonly periods: number; readonly throttledPeriods: number; readonly throttledSeconds: number }
    | undefined;
  readonly memory: MemoryStats | undefined;
  readonly networks: readonly InterfaceCounters[];
  readonly blockIo: readonly DeviceCounters[];
  /** Tasks as the kernel counts them: processes and their threads. */
  readonly threads: number | undefined;
  readonly processes: number | undefined;
  /** cgroup v2 only, and only from the kernel's own files. */
  readonly pressure: { readonly cpu: Pressure; readonly memory: Pressure; readonly io: Pressure } | undefined;
}

export interface MemoryStats {
  readonly usageBytes: number;
  /** Usage without the file pages that the kernel can drop at once; what the OOM killer looks at. */
  readonly workingSetBytes: number;
  readonly cacheBytes: number;
  readonly rssBytes: number;
  readonly mappedFileBytes: number | undefined;
  readonly swapBytes: number | undefined;
  /** The most that was ever in use. */
  readonly maxUsageBytes: number | undefined;
  /** How often the limit was hit. */
  readonly limitHits: number | undefined;
  /** Processes that the kernel killed for want of memory, since the container was started. */
  readonly oomKills: number | undefined;
}

/** Something that happened to a container. `at` is milliseconds since the epoch by Docker's clock. */
export interface ContainerEvent {
  /** `start`, `die`, `health_status`, …: without what follows a colon. */
  readonly action: string;
  readonly id: string;
  readonly name: string;
  readonly at: number;
  readonly labels: Labels;
  /** For `health_status`: the new health. */
  readonly health: string | undefined;
  /** For `exec_die`, the end of a command such as the health check: whether it failed. */
  readonly failed: boolean | undefined;
}

/** Whose value is the runner that lives in the container. */
export const runnerLabel = 'runnerwatch.runner';

/** What Docker is asked to remove: all of it unused, and made at least so many hours ago. */
export type Prune =
  | { readonly what: 'job-containers'; readonly runner: string; readonly hours: number }
  | { readonly what: 'images' | 'build-cache'; readonly hours: number };

const askedToEnd: ReadonlySet<number> = new Set([0, 130, 143]);

/** Exit codes of a container that ended because somebody said so: 0, and 128 + INT or TERM. */
export function wasAskedToEnd(exitCode: number): boolean {
  return askedToEnd.has(exitCode);
}

/** On a container that a person or a program works on: nothing else may. */
export const maintenanceLabel = 'runnerwatch.maintenance';

/** Whatever the label says, unless it says that it is not. */
export function isUnderMaintenance({ labels }: Pick<ContainerDetails, 'labels'>): boolean {
  const value = labels[maintenanceLabel];
  return value !== undefined && !['', '0', 'false', 'off', 'no'].includes(value.toLowerCase());
}
