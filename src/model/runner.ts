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
  'unhealthy',
  'zombie',
  'ghost',
  'unknown',
] as const;
export type Verdict = (typeof verdicts)[number];

/** Everything known about one runner, joined by its name. An absent field is unknown, never bad. */
export interface RunnerEvidence {
  readonly runner: string;
  readonly container: string | undefined;
  readonly containerState: string | undefined;
  readonly containerHealth: string | undefined;
  readonly exitCode: number | undefined;
  readonly listener: boolean | undefined;
  readonly worker: boolean | undefined;
  readonly github: RunnerStatus | undefined;
  readonly busy: boolean | undefined;
  /** What GitHub last said where `github` is unknown now. */
  readonly githubBefore: TellingStatus | undefined;
  /** When GitHub last said how it is, ms since the epoch. */
  readonly githubAt: number | undefined;
  /** The first look that saw it offline, ms since the epoch; undefined where it is online. */
  readonly offlineSince: number | undefined;
  /** Whether it is older than the version that GitHub offers. */
  readonly outdated: boolean | undefined;
  /** When GitHub stops giving it jobs because it is outdated, ms since the epoch. */
  readonly updateDeadline: number | undefined;
}

export interface RunnerState {
  readonly evidence: RunnerEvidence;
  readonly verdict: Verdict;
  /** One sentence: the evidence that decided. */
  readonly because: string;
  /** What GitHub says in a few words, with its age where it is old: `unknown, online 12 min ago`. */
  readonly githubSays: string;
}
