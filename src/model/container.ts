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
    | { readonly status: ContainerHealth; readonly failingStreak: number; readonly lastOutput: string }
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
  readonly createdAt: number;
  /** The runner that lives in it: the label `runnerwatch.runner`, else the environment's RUNNER_NAME. */
  readonly runner: string | undefined;
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
}

/** What a running container uses, in base units. An undefined part is one that the kernel does not account for. */
export interface ContainerStats {
  readonly cpu: {
    readonly usageSeconds: number;
    readonly userSeconds: number;
    readonly systemSeconds: number;
    readonly periods: number;
    readonly throttledPeriods: number;
    readonly throttledSeconds: number;
  };
  readonly memory:
    | {
        readonly usageBytes: number;
        /** Usage without the file pages that the kernel can drop at once; what the OOM killer looks at. */
        readonly workingSetBytes: number;
        readonly cacheBytes: number;
        readonly rssBytes: number;
        readonly swapBytes: number | undefined;
        /** As the kernel sees it: the machine's memory where the container has no limit. */
        readonly limitBytes: number;
      }
    | undefined;
  /** Empty in host network mode. */
  readonly networks: readonly InterfaceCounters[];
  readonly blockIo: readonly DeviceCounters[];
  readonly pids: number | undefined;
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
}

const askedToEnd: ReadonlySet<number> = new Set([0, 130, 143]);

/** Exit codes of a container that ended because somebody said so: 0, and 128 + INT or TERM. */
export function wasAskedToEnd(exitCode: number): boolean {
  return askedToEnd.has(exitCode);
}

export const runnerFacts = ['listener', 'worker'] as const;
export type RunnerFact = (typeof runnerFacts)[number];

const factText = /(?:^|\s)([a-z_]+)=([01])(?=\s|$)/g;

/** The `listener=1 worker=0` that a runner's health check prints; a fact that it does not print is not there. */
export function factsOf(output: string): ReadonlyMap<RunnerFact, boolean> {
  const known: readonly string[] = runnerFacts;
  const facts = new Map<RunnerFact, boolean>();
  for (const [, name = '', value] of output.matchAll(factText)) {
    if (known.includes(name)) facts.set(name as RunnerFact, value === '1');
  }
  return facts;
}
