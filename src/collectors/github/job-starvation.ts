import type { GithubRunner, GithubScope } from '../../model/runner.ts';
import { plainLabels } from './job-series.ts';
import type { RunnerMemory } from './runner-memory.ts';

/** What is missing where every runner with all of the labels is offline: no label looks so. */
export const noneOnline = 'none online';

interface Runners {
  readonly githubScopes: readonly GithubScope[];
  readonly runnerMemory: RunnerMemory;
}

interface TimedRunners extends Runners {
  /** How often runners are read now, in ms. */
  readonly runnersPaceMs: () => number;
}

const leastFreshMs = 5 * 60_000;
/** Two readings may fail. */
const freshReadings = 3;

/** All runners that are known to work for the repository, however long ago they were listed. */
export function knownRunners(repository: string, { githubScopes, runnerMemory }: Runners): readonly GithubRunner[] {
  return visibleScopes(repository, githubScopes).flatMap(({ name }) =>
    runnerMemory.known(name).map(({ runner }) => runner),
  );
}

/** The same as GitHub lists them now; undefined where a scope was not read lately, or none is watched. */
export function freshRunners(
  repository: string,
  runners: TimedRunners,
  now: number,
): readonly GithubRunner[] | undefined {
  const freshMs = Math.max(leastFreshMs, freshReadings * runners.runnersPaceMs());
  const scopes = visibleScopes(repository, runners.githubScopes);
  const isFresh = ({ name }: GithubScope): boolean => {
    const readAt = runners.runnerMemory.readAt(name);
    return readAt !== undefined && now - readAt <= freshMs;
  };
  return scopes.length > 0 && scopes.every(isFresh) ? knownRunners(repository, runners) : undefined;
}

/** Runners of the repository, of its owner, and of the enterprises: which of them hold it, GitHub does not say. */
export function visibleScopes(repository: string, scopes: readonly GithubScope[]): readonly GithubScope[] {
  const wanted = repository.toLowerCase();
  const [owner] = wanted.split('/');
  return scopes.filter(({ kind, name }) => {
    if (kind === 'enterprise') return true;
    return name.toLowerCase() === (kind === 'repository' ? wanted : owner);
  });
}

/**
 * Why no runner takes a queued job with these labels: the labels that the nearest online runner lacks, joined by
 * commas, or `none online`. Undefined where one can take it, busy or not, or might: a status that GitHub does not say
 * is not taken for offline. Nothing is said of a job without labels: a runner group, which nobody here sees, has it.
 */
export function missingFor(labels: readonly string[], runners: readonly GithubRunner[]): string | undefined {
  if (labels.length === 0) return undefined;
  const able = runners.filter((runner) => lackedLabels(labels, runner).length === 0);
  if (able.some(({ status }) => status !== 'offline')) return undefined;
  if (able.length > 0) return noneOnline;
  const online = runners.filter(({ status }) => status === 'online');
  const nearest = (online.length > 0 ? online : runners).map((runner) => lackedLabels(labels, runner)).sort(byNearness);
  return (nearest[0] ?? plainLabels(labels)).join(',');
}

export function lackedLabels(wanted: readonly string[], { labels }: GithubRunner): readonly string[] {
  const has = new Set(labels.map((label) => label.toLowerCase()));
  return plainLabels(wanted).filter((label) => !has.has(label));
}

function byNearness(a: readonly string[], b: readonly string[]): number {
  return a.length - b.length || (a.join(',') < b.join(',') ? -1 : 1);
}
