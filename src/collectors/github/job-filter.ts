import type { Pattern } from '../../lib/regex.ts';
import type { WorkflowJob } from '../../model/github.ts';
import type { GithubScope } from '../../model/runner.ts';
import { knownRunners, lackedLabels } from './job-starvation.ts';
import type { RunnerMemory } from './runner-memory.ts';

interface FilterParts {
  /** As they are configured. */
  readonly repositories: readonly string[];
  /** Labels of GitHub's own runners. */
  readonly ignoreLabels: readonly Pattern[];
  readonly githubScopes: readonly GithubScope[];
  readonly runnerMemory: RunnerMemory;
}

/**
 * Gives a job for self-hosted runners, its repository spelled as it is configured, and undefined for one of GitHub's
 * own, or of a repository that nobody watches. A runner here may well have a label of GitHub's: then the job is taken
 * for ours.
 */
export function createJobFilter(parts: FilterParts): (job: WorkflowJob) => WorkflowJob | undefined {
  const hasEnterprise = parts.githubScopes.some(({ kind }) => kind === 'enterprise');
  const owners = new Set(
    parts.githubScopes.flatMap(({ kind, name }) => (kind === 'organization' ? [name.toLowerCase()] : [])),
  );
  const spelled = new Map(parts.repositories.map((name) => [name.toLowerCase(), name]));

  function isIgnored(label: string): boolean {
    return parts.ignoreLabels.some((pattern) => pattern.find(label) !== undefined);
  }

  function isOurs({ repository, labels, runner }: WorkflowJob): boolean {
    const isHosted = labels.some((label) => isIgnored(label) || isIgnored(label.toLowerCase()));
    if (!isHosted) return true;
    const runners = knownRunners(repository, parts);
    return runners.some((known) => known.name === runner || lackedLabels(labels, known).length === 0);
  }
  function isWatched(repository: string): boolean {
    return hasEnterprise || spelled.has(repository) || owners.has(repository.split('/')[0] ?? '');
  }
  return (job) => {
    const plain = job.repository.toLowerCase();
    if (!isWatched(plain) || !isOurs(job)) return undefined;
    return { ...job, repository: spelled.get(plain) ?? job.repository };
  };
}
