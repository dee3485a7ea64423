import type { GithubRunner } from '../model/runner.ts';

/** A runner as GitHub last listed it. Times are ms since the epoch. */
export interface KnownRunner {
  readonly scope: string;
  readonly runner: GithubRunner;
  readonly seenAt: number;
  /** The first look that saw it offline; undefined while it is online. */
  readonly offlineSince: number | undefined;
}

/** What GitHub last said of runners, over outages and restarts. */
export interface RunnerMemory {
  /** Takes a scope's whole list as GitHub gives it now. */
  observe(scope: string, runners: readonly GithubRunner[], at: number): void;
  known(scope: string): readonly KnownRunner[];
  /** When the scope was last read, restarts included; undefined where it never was. */
  readAt(scope: string): number | undefined;
}

export function createRunnerMemory(): RunnerMemory {
  const scopes = new Map<string, { readonly at: number; readonly runners: readonly KnownRunner[] }>();
  return {
    observe(scope, runners, at) {
      const known = runners.map((runner) => ({ scope, runner, seenAt: at, offlineSince: undefined }));
      scopes.set(scope, { at, runners: known });
    },
    known: (scope) => scopes.get(scope)?.runners ?? [],
    readAt: (scope) => scopes.get(scope)?.at,
  };
}
