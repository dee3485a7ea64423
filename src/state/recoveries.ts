/** One attempt at healing, as it is begun. */
export interface RecoveryStart {
  readonly runner: string;
  readonly container: string;
  readonly action: string;
  readonly alerts: readonly string[];
}

/** The attempts of the past: what a budget is counted from. Times are wall time in milliseconds. */
export interface RecoveryStore {
  /** Starts of this runner's attempts after `since`. */
  startsSince(runner: string, since: number): readonly number[];
  begin(start: RecoveryStart, at: number): number;
  finish(id: number, outcome: 'succeeded' | 'failed', at: number): void;
  /** Closes what an earlier process left open, and forgets what ended before `keepSince`; returns how many were open. */
  reopen(at: number, keepSince: number): number;
}
