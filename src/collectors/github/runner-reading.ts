import { withDeadline } from '../../lib/deadline.ts';
import { reasonOf } from '../../lib/log.ts';
import type { GithubScope } from '../../model/runner.ts';
import type { GithubSource } from '../../sources/github/github-source.ts';
import type { AuditDeps, BaseDeps } from '../collector.ts';
import { auditEventOf } from './runner-audit.ts';
import type { ReadScope } from './runner-catalog.ts';
import type { RunnerMemory } from './runner-memory.ts';

type ReadingDeps = BaseDeps &
  AuditDeps & {
    readonly github: GithubSource;
    readonly githubScopes: readonly GithubScope[];
    readonly runnerMemory: RunnerMemory;
  };

interface Reading {
  readonly read: readonly ReadScope[];
  /** Why others could not be read, or kept. */
  readonly failures: readonly string[];
}

/**
 * Reads all scopes into the memory before `end`, in the clock's monotonic time. One after another, as GitHub wants it:
 * those that answered last time first, so that one that hangs costs the others nothing but its share.
 */
export async function readScopes(deps: ReadingDeps, end: number, signal: AbortSignal): Promise<Reading> {
  const { clock, githubScopes, runnerMemory } = deps;
  const answered = githubScopes.filter(({ name }) => runnerMemory.isCurrent(name));
  const queue = [...answered, ...githubScopes.filter((scope) => !answered.includes(scope))];
  const read: ReadScope[] = [];
  const failures: string[] = [];
  for (const [index, scope] of queue.entries()) {
    const left = end - clock.monotonic();
    const share = left / (queue.length - index);
    try {
      read.push(await readScope(deps, scope, answered.includes(scope) ? Math.max(left / 2, share) : share, signal));
    } catch (error) {
      signal.throwIfAborted();
      runnerMemory.missed(scope.name);
      failures.push(reasonOf(error));
      continue;
    }
    try {
      runnerMemory.save(scope.name);
    } catch (error) {
      failures.push(reasonOf(error));
    }
  }
  return { read, failures };
}

async function readScope(
  { clock, audit, github, runnerMemory }: ReadingDeps,
  scope: GithubScope,
  ms: number,
  signal: AbortSignal,
): Promise<ReadScope> {
  const what = `GitHub, asked for the runners of ${scope.name},`;
  const runners = await withDeadline(clock, { ms, what, signal }, (cut) => github.listRunners(scope, cut));
  for (const change of runnerMemory.observe(scope.name, runners, clock.now())) audit(auditEventOf(change));
  return { scope, hasGroups: runners.some(({ groupId }) => groupId !== undefined) };
}
