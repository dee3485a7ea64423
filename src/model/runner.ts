/** GitHub's view. `unknown` is for a status that GitHub did not give or that is new: never taken for offline. */
export type RunnerStatus = 'online' | 'offline' | 'unknown';

/** A runner as GitHub's API lists it. */
export interface GithubRunner {
  readonly id: number;
  readonly name: string;
  readonly os: string;
  readonly status: RunnerStatus;
  readonly busy: boolean;
  readonly labels: readonly string[];
  /** Those of the labels that were given to it, and may be taken away; absent where that is not known. */
  readonly customLabels?: readonly string[];
  readonly version: string | undefined;
  readonly ephemeral: boolean;
  /** The runner group's id; undefined where the scope has no groups. */
  readonly groupId: number | undefined;
}

/** The words that say how a runner is. */
export type TellingStatus = Exclude<RunnerStatus, 'unknown'>;

/** A runner as GitHub last listed it, and what is remembered beside. Times are ms since the epoch. */
export interface KnownRunner {
  readonly scope: string;
  readonly runner: GithubRunner;
  readonly seenAt: number;
  /** The first look that listed it. */
  readonly firstSeenAt: number;
  /** What GitHub last said, and when: an unknown status does not change it. Undefined where it never said. */
  readonly said: { readonly status: TellingStatus; readonly at: number } | undefined;
  /** The first look that saw it offline; undefined while it is online. */
  readonly offlineSince: number | undefined;
}

/** A scope's runners as they were last read. */
export interface KnownScope {
  readonly scope: string;
  /** ms since the epoch. */
  readonly readAt: number;
  readonly runners: readonly KnownRunner[];
}

/** When a version of the runner came out; ms since the epoch. */
export interface KnownRelease {
  readonly version: string;
  readonly publishedAt: number;
  /** Whether it is only when GitHub first offered the version: it did not say when it was published. */
  readonly standIn: boolean;
}

/** Where runners are registered: `o/r`, an organisation, or an enterprise by its slug. */
export type GithubScope =
  | { readonly kind: 'repository'; readonly name: string }
  | { readonly kind: 'organization'; readonly name: string }
  | { readonly kind: 'enterprise'; readonly name: string };

/** Where runners may be registered and taken out: an enterprise is only watched. */
export type ChangedScope = Exclude<GithubScope, { readonly kind: 'enterprise' }>;

export const verdicts = [
  'healthy',
  'busy',
  'starting',
  'stopped',
  'crashed',
  'crash-looping',
  'unhealthy',
  'zombie',
  'unregistered',
  'session-conflict',
  'outdated',
  'starved',
  'stuck-busy',
  'cut-off',
  'ghost',
  'unknown',
] as const;
export type Verdict = (typeof verdicts)[number];

/** Faults of the runner itself, on which healing may act. `stuck-busy` is only told; the cause of `cut-off` lies elsewhere. */
export const faults: ReadonlySet<Verdict> = new Set<Verdict>([
  'crashed',
  'crash-looping',
  'unhealthy',
  'zombie',
  'unregistered',
  'session-conflict',
  'outdated',
  'starved',
  'ghost',
]);

/**
 * Everything known about one runner, joined by its name. An absent field is unknown, never bad. Times are ms since the
 * epoch.
 */
export interface RunnerEvidence {
  readonly runner: string;

  /** Whether a container here is this runner's: false only where Docker told all containers and none is. */
  readonly hosted: boolean | undefined;
  /** How many containers are this runner's: of several nobody knows which one is told of. */
  readonly containers: number | undefined;
  readonly container: string | undefined;
  /** Docker's id of the container. */
  readonly containerId: string | undefined;
  readonly containerState: string | undefined;
  readonly containerHealth: string | undefined;
  readonly exitCode: number | undefined;
  /** Whether the last run ended for want of memory. */
  readonly oomKilled: boolean | undefined;
  /** Whether its container was removed a moment ago. */
  readonly removed: boolean | undefined;
  /** Whether its container is labelled as being worked on. */
  readonly maintenance: boolean | undefined;
  /** All restarts that were counted of its container. */
  readonly restarts: number | undefined;
  /** CPU time that its container has used, in seconds. */
  readonly cpuSeconds: number | undefined;
  /** When Docker was last asked. */
  readonly dockerAt: number | undefined;

  /** When its health check last began. */
  readonly checkAt: number | undefined;
  /** Whether its health check tells facts at all: many a health check does not. */
  readonly checkTells: boolean | undefined;
  /** What its health check itself says: `unhealthy` the first time already, where Docker waits for the last of its retries. */
  readonly checkState: string | undefined;
  readonly listener: boolean | undefined;
  readonly worker: boolean | undefined;
  /** The last word on its session in the listener's log. */
  readonly session: string | undefined;
  /** Why no listener runs. */
  readonly downReason: string | undefined;
  /** Whether GitHub answers it. */
  readonly egress: boolean | undefined;
  /** How far its machine's clock is ahead of GitHub's. */
  readonly clockSkewSeconds: number | undefined;
  readonly diskFreeBytes: number | undefined;
  readonly diskFreeInodes: number | undefined;
  /** GitHub's id of the registration that its container holds. */
  readonly agentId: number | undefined;

  /** Memory of the host that is available. */
  readonly hostMemoryBytes: number | undefined;
  /** When the host was last looked at. */
  readonly hostAt: number | undefined;
  /** The first hop on the way to GitHub that is down. */
  readonly brokenAt: string | undefined;
  /** When the way was last tried. */
  readonly pathAt: number | undefined;

  readonly github: RunnerStatus | undefined;
  readonly busy: boolean | undefined;
  /** Whether GitHub lists it: false only where every scope was read and none does. */
  readonly registered: boolean | undefined;
  /** The scopes that list it. */
  readonly scopes: readonly string[];
  /** Whether its registration serves for one job. */
  readonly ephemeral: boolean | undefined;
  /** Registrations under its name. */
  readonly registrations: number | undefined;
  /** The id of the registration that GitHub says all this of; where the container's is not listed, another of its name. */
  readonly githubId: number | undefined;
  /**
   * Whether GitHub's word is on the registration that its container holds; false where GitHub lists the name with others
   * alone, and was asked again since. Undefined where only the name joins them.
   */
  readonly sameRegistration: boolean | undefined;
  /** What GitHub last said where `github` is unknown now. */
  readonly githubBefore: TellingStatus | undefined;
  /** When GitHub last said how it is. */
  readonly githubAt: number | undefined;
  /** The first look that saw it offline; undefined where it is online. */
  readonly offlineSince: number | undefined;
  /** Whether it is older than the version that GitHub offers. */
  readonly outdated: boolean | undefined;
  /** When GitHub stops giving it jobs because it is outdated. */
  readonly updateDeadline: number | undefined;

  /** Whether Docker was asked to stop the container, by whomever. */
  readonly stopAsked: boolean | undefined;
  /** How often the container ended and was started again lately, though nobody asked for it. */
  readonly recentEnds: number | undefined;
  /** Whether a scope that is watched listed it before. */
  readonly listedBefore: boolean | undefined;
  /** Since when it works on jobs without a pause. */
  readonly busySince: number | undefined;
  /** Since when GitHub says busy and no worker runs. */
  readonly jobLostSince: number | undefined;
  /** Since when its container, though busy, uses next to no CPU time. */
  readonly quietSince: number | undefined;
}

/** What a starved runner has too little of. */
export type Shortage = 'disk' | 'inodes' | 'memory';

/** Who told a piece of evidence. */
export type EvidenceSource = 'docker' | 'health-check' | 'host' | 'path' | 'github' | 'runnerwatch';

/** One piece of evidence that a verdict rests on. */
export interface EvidenceFact {
  readonly name: string;
  readonly value: string | number | boolean;
  readonly source: EvidenceSource;
  /** When it was told, ms since the epoch; undefined where only the present is known. */
  readonly at: number | undefined;
  /** Whether it is too old to count: it was taken for missing. */
  readonly isOld: boolean;
}

export interface RunnerState {
  readonly evidence: RunnerEvidence;
  readonly verdict: Verdict;
  /** One sentence: the evidence that decided. */
  readonly because: string;
  /** The evidence that decided, and what was too old to. */
  readonly facts: readonly EvidenceFact[];
  /** Since when the verdict holds, ms since the epoch; undefined before all was asked for the first time. */
  readonly since: number | undefined;
  /** What GitHub says in a few words, with its age where it is old: `unknown, online 12 min ago`. */
  readonly githubSays: string;
}

/** What is remembered of a runner from look to look, and over a restart. Times are ms since the epoch. */
export interface RunnerPast {
  readonly runner: string;
  readonly verdict: Verdict;
  /** Since when the verdict holds. */
  readonly since: number;
  /** The scopes that listed it last. */
  readonly scopes: readonly string[];
  readonly ephemeral: boolean | undefined;
  /** Docker's id of the container that somebody asked Docker to stop. */
  readonly stopped: string | undefined;
  /** When its container ended and was started again though nobody asked; the last few. */
  readonly ends: readonly number[];
  readonly busySince: number | undefined;
  readonly jobLostSince: number | undefined;
}
