import type { Clock } from '../../lib/clock.ts';
import type { WorkflowJob } from '../../model/github.ts';
import { GithubError } from '../../sources/github/github-error.ts';
import type { GithubSource, RunFilter } from '../../sources/github/github-source.ts';
import type { JobLedger, OpenJob } from './job-ledger.ts';
import { isHeld } from './job-record.ts';
import type { RepositoryPoll } from './queue-polls.ts';

interface Parts {
  readonly clock: Clock;
  readonly github: GithubSource;
  readonly jobs: JobLedger;
}

/** Runs in progress hold queued jobs too. */
const usual: readonly RunFilter['status'][] = ['queued', 'in_progress'];
/** Nothing in these asks for a runner yet, so they are read less often. */
const held: readonly RunFilter['status'][] = ['waiting', 'pending'];
const heldEveryMs = 10 * 60_000;
const maxPages = 5;
/** Runs of a repository whose jobs one poll asks for. */
const maxRuns = 50;

/**
 * Reads one repository's queue into the ledger. An idle one costs two requests. Where there are more runs than one
 * poll asks for, each poll takes those that were asked for longest ago.
 */
export async function readQueue(
  parts: Parts,
  repository: string,
  before: RepositoryPoll | undefined,
  signal: AbortSignal,
): Promise<Omit<RepositoryPoll, 'success' | 'triedAt'>> {
  const start = parts.clock.now();
  const readsHeld = before?.heldReadAt === undefined || start - before.heldReadAt >= heldEveryMs;
  const listed = await listRuns(parts.github, repository, readsHeld ? [...usual, ...held] : usual, signal);
  const inTurn = [...listed].sort((a, b) => (before?.askedAt.get(a) ?? 0) - (before?.askedAt.get(b) ?? 0));
  const asked = inTurn.slice(0, maxRuns);
  await noteJobs(parts, repository, asked, signal);

  const unseen = (): readonly OpenJob[] =>
    parts.jobs.open().filter(({ job, seenAt }) => job.repository === repository && seenAt < start);
  const unlisted = unseen().filter(({ job }) => !listed.has(job.runId) && (readsHeld || !isHeld(job)));
  const missed = [...new Set(unlisted.map(({ job }) => job.runId))].slice(0, maxRuns);
  await noteJobs(parts, repository, missed, signal);
  const answered = new Set([...asked, ...missed]);
  parts.jobs.lose(unseen().flatMap(({ job }) => (answered.has(job.runId) ? [job.id] : [])));

  return {
    readAt: parts.clock.now(),
    heldReadAt: readsHeld ? start : before?.heldReadAt,
    omitted: inTurn.length - asked.length,
    // Only as far as it decides whose turn is next.
    askedAt: new Map(inTurn.map((id, turn) => [id, turn < maxRuns ? start : (before?.askedAt.get(id) ?? 0)])),
  };
}

/** The ids of the runs, those made first before the others. */
async function listRuns(
  github: GithubSource,
  repository: string,
  statuses: readonly RunFilter['status'][],
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const found = [];
  for (const status of statuses) found.push(...(await github.listRuns(repository, { status, maxPages }, signal)).runs);
  return new Set(found.sort((a, b) => a.createdAt - b.createdAt).map(({ id }) => id));
}

async function noteJobs(
  { github, jobs }: Parts,
  repository: string,
  runs: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  for (const run of runs) jobs.note(await github.listJobs(repository, run, signal).catch(noneWhereDeleted));
}

function noneWhereDeleted(error: unknown): readonly WorkflowJob[] {
  if (error instanceof GithubError && error.failure === 'not-found') return [];
  throw error;
}
