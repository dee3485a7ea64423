import type { Pattern } from '../../lib/regex.ts';
import type { WorkflowJob } from '../../model/github.ts';
import type { GithubScope } from '../../model/runner.ts';
import { knownRunners, lackedLabels } from './job-starvation.ts';
import type { RunnerMemory } from './runner-memory.ts';

interface Watched {
  /** As they are configured. */
  readonly repositories: readonly string[];
  readonly githubScopes: readonly GithubScope[];
}

interface FilterParts extends Watched {
  /** Labels of GitHub's own runners. */
  readonly ignoreLabels: readonly Pattern[];
  readonly runnerMemory: RunnerMemory;
}

/** Whether jobs of a repository are looked for, in whatever case its name is. */
export function createRepositoryFilter({ repositories, githubScopes }: Watched): (repository: string) => boolean {
  const hasEnterprise = githubScopes.some(({ kind }) => kind === 'enterprise');
  const own = new Set(repositories.map((name) => name.toLowerCase()));
  const owners = new Set(
    githubScopes.flatMap(({ kind, name }) => (kind === 'organization' ? [name.toLowerCase()] : [])),
  );
  return (repository) => {
    const plain = repository.toLowerCase();
    return hasEnterprise || own.has(plain) || owners.has(plain.split('/')[0] ?? '');
  };
}

/**
 * Gives a job for self-hosted runners, its repository spelled as it is configured, and undefined for one of GitHub's
 * own, or of a repository that nobody watches. A runner here may well have a label of GitHub's: then the job is taken
 * for ours.
 */
export function createJobFilter(parts: FilterParts): (job: WorkflowJob) => WorkflowJob | undefined {
  const isWatched = createRepositoryFilter(parts);
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
  return (job) => {
    if (!isWatched(job.repository) || !isOurs(job)) return undefined;
    return { ...job, repository: spelled.get(job.repository.toLowerCase()) ?? job.repository };
  };
}
