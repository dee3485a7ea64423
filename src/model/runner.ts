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

/** Where runners are registered: `o/r`, an organisation, or an enterprise by its slug. */
export type GithubScope =
  | { readonly kind: 'repository'; readonly name: string }
  | { readonly kind: 'organization'; readonly name: string }
  | { readonly kind: 'enterprise'; readonly name: string };

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
}

export interface RunnerState {
  readonly evidence: RunnerEvidence;
  readonly verdict: Verdict;
  /** One sentence: the evidence that decided. */
  readonly because: string;
}
