import type { Clock } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/deadline.ts';
import { reasonOf } from '../../lib/log.ts';
import type { GithubScope } from '../../model/runner.ts';
import type { GithubSource } from '../../sources/github/github-source.ts';
import type { JobLedger } from './job-ledger.ts';
import type { QueuePolls, RepositoryPoll } from './queue-polls.ts';
import { readQueue } from './queue-repository.ts';

interface Parts {
  readonly clock: Clock;
  readonly github: GithubSource;
  readonly githubScopes: readonly GithubScope[];
  readonly jobs: JobLedger;
  readonly queuePolls: QueuePolls;
}

interface RoundConfig {
  readonly timeout: number;
  readonly repositories: readonly string[];
  readonly max_repositories: number;
}

/** Undefined where the work failed; why is among the round's failures. */
type Attempt = <T>(what: string, work: (cut: AbortSignal) => Promise<T>) => Promise<T | undefined>;

const listEveryMs = 10 * 60_000;
/** The part of the timeout that is used: what was read must be told before the collection is given up. */
const usedRatio = 0.9;
/** One that hangs takes half of the time that is left, so that some is left for those after it; */
const share = 0.5;
/** but what is given is enough for one request, or all that there is. */
const turnMs = 7000;
/** Of the timeout: with less left nobody begins. */
const leastRatio = 0.05;
/** Repositories that only webhooks told of, and that are read while they have open jobs. */
const maxTold = 50;
const neverRead: Pick<RepositoryPoll, 'readAt' | 'heldReadAt' | 'omitted' | 'askedAt'> = {
  readAt: undefined,
  heldReadAt: undefined,
  omitted: 0,
  askedAt: new Map(),
};

/**
 * Reads the queues of all repositories into the ledger, those first that were tried longest ago; for whom no time is
 * left comes first in the next round. Gives why any could not be read.
 */
export async function readQueues(parts: Parts, config: RoundConfig, signal: AbortSignal): Promise<readonly string[]> {
  const { clock, queuePolls } = parts;
  const failures: string[] = [];
  const end = clock.monotonic() + usedRatio * config.timeout;
  const leftMs = (): number => end - clock.monotonic();
  const attempt: Attempt = async (what, work) => {
    const ms = Math.max(share * leftMs(), Math.min(turnMs, leftMs()));
    try {
      return await withDeadline(clock, { ms, what, signal }, work);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      failures.push(reasonOf(error));
      return undefined;
    }
  };

  await listRepositories(parts, config, attempt);
  const repositories = repositoriesInTurn(parts, config);
  for (const known of queuePolls.repositories.keys()) {
    if (!repositories.includes(known)) queuePolls.repositories.delete(known);
  }
  for (const repository of repositories) {
    if (leftMs() < leastRatio * config.timeout) break;
    queuePolls.repositories.set(repository, await pollRepository(parts, repository, attempt));
  }
  return [...new Set(failures)];
}

async function pollRepository(parts: Parts, repository: string, attempt: Attempt): Promise<RepositoryPoll> {
  const before = parts.queuePolls.repositories.get(repository);
  const triedAt = parts.clock.now();
  const what = `the queue of ${repository}`;
  const read = await attempt(what, (cut) => readQueue(parts, repository, before, cut));
  return { ...(before ?? neverRead), ...read, success: read !== undefined, triedAt };
}

/** An organisation that cannot be listed keeps the repositories that it had. */
async function listRepositories(
  { clock, github, githubScopes, queuePolls }: Parts,
  { max_repositories }: RoundConfig,
  attempt: Attempt,
): Promise<void> {
  if (max_repositories === 0) return;
  const now = clock.now();
  const due = githubScopes.filter(({ kind, name }) => {
    const list = queuePolls.organizations.get(name);
    return kind === 'organization' && (list === undefined || now - list.at >= listEveryMs);
  });
  for (const { name } of due) {
    const what = `the repositories of ${name}`;
    const repositories = await attempt(what, (cut) => github.listRepositories(name, cut));
    if (repositories)
      queuePolls.organizations.set(name, { at: now, repositories: repositories.slice(0, max_repositories) });
  }
}

/** Each once, whatever the case of its letters, as it is configured. */
function repositoriesInTurn({ githubScopes, jobs, queuePolls }: Parts, config: RoundConfig): readonly string[] {
  const own = githubScopes.flatMap(({ kind, name }) => (kind === 'repository' ? [name] : []));
  const listed = [...queuePolls.organizations.values()].flatMap(({ repositories }) => repositories);
  const wanted = new Map<string, string>();
  const add = (name: string): void => void (wanted.has(name.toLowerCase()) || wanted.set(name.toLowerCase(), name));
  for (const name of [...own, ...config.repositories, ...listed]) add(name);
  const limit = wanted.size + maxTold;
  for (const { job } of jobs.open()) if (wanted.size < limit) add(job.repository);
  const triedAt = (name: string): number => queuePolls.repositories.get(name)?.triedAt ?? 0;
  return [...wanted.values()].sort((a, b) => triedAt(a) - triedAt(b));
}
