import type { Clock } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/deadline.ts';
import { reasonOf } from '../../lib/log.ts';
import type { WorkflowRun } from '../../model/github.ts';
import type { GithubSource, Runs } from '../../sources/github/github-source.ts';
import { type Reach, reachOf } from './pipelines-reach.ts';
import type { RunLedger } from './run-ledger.ts';

interface PollDeps {
  readonly github: GithubSource;
  readonly runs: RunLedger;
  readonly clock: Clock;
}

/** What the first page of a repository did not tell. */
interface CatchUp {
  readonly repository: string;
  readonly reach: Reach;
  readonly lost: readonly WorkflowRun[];
}

interface PollTime {
  /** Milliseconds for all repositories together. */
  readonly ms: number;
  readonly signal: AbortSignal;
}

const branchIsKeptMs = 24 * 3_600_000;
const branchAgainMs = 10 * 60_000;
/** A repository that hangs takes this from the others at most, where there are many. */
const leastShareMs = 5_000;
/** Not worth to begin with. */
const tooShortMs = 1_000;

/**
 * Reads what is new in every repository, and then, while there is time, further back where it has to be: first the
 * news of all. Gives why it could not, of each that failed.
 */
export async function pollRepositories(deps: PollDeps, { ms, signal }: PollTime): Promise<readonly string[]> {
  const { clock, runs } = deps;
  const end = clock.monotonic() + ms;
  const failures: string[] = [];
  const catchUps: CatchUp[] = [];

  async function attempt(repository: string, shareMs: number, work: (cut: AbortSignal) => Promise<void>) {
    const what = `GitHub, asked for the runs of ${repository},`;
    try {
      await withDeadline(clock, { ms: shareMs, what, signal }, work);
    } catch (error) {
      signal.throwIfAborted();
      runs.readings().update(repository, { success: false });
      failures.push(reasonOf(error));
    }
  }

  const order = inTurn(runs);
  for (const [index, repository] of order.entries()) {
    const leftMs = end - clock.monotonic();
    // The others come first in the next poll.
    if (leftMs < tooShortMs) break;
    runs.readings().update(repository, { triedAt: clock.now() });
    const shareMs = Math.min(leftMs, Math.max(leastShareMs, leftMs / (order.length - index)));
    await attempt(repository, shareMs, async (cut) => {
      const catchUp = await readNews(deps, repository, cut);
      if (catchUp) catchUps.push(catchUp);
    });
  }
  for (const catchUp of catchUps) {
    // The next poll goes on.
    if (end - clock.monotonic() < tooShortMs) break;
    await attempt(catchUp.repository, end - clock.monotonic(), (cut) => readBack(deps, catchUp, cut));
  }
  return [...new Set(failures)];
}

/** Those that were not tried for the longest time first. */
function inTurn({ repositories, readings }: RunLedger): readonly string[] {
  const triedAt = (repository: string): number => readings().of(repository)?.triedAt ?? 0;
  return [...repositories].sort((a, b) => triedAt(a) - triedAt(b));
}

/** Gives what is left to be read, or undefined. */
async function readNews(deps: PollDeps, repository: string, signal: AbortSignal): Promise<CatchUp | undefined> {
  const { github, runs, clock } = deps;
  await learnBranch(deps, repository, signal);
  const page = await github.listRuns(repository, { status: 'completed', maxPages: 1 }, signal);
  // On a page that holds all there are, none can end unseen.
  const open = page.more ? await github.listRuns(repository, { status: 'in_progress', maxPages: 1 }, signal) : noRuns;
  const fresh = runs.note(page.runs);
  runs.note(open.runs);
  const before = runs.readings().of(repository);
  const now = clock.now();
  const wantedFrom = runs.wantedFrom(repository);
  const lost = lostRuns(runs, repository, open);
  const reach = reachOf({
    ...{ page, fresh, now, wantedFrom, reachMs: runs.reachMs(repository), lost },
    ...{ readAt: before?.readAt, sweptAt: before?.sweptAt, owed: before?.owed },
  });
  runs.readings().update(repository, { readAt: now, success: true, owed: reach, ...(reach ? {} : { sweptAt: now }) });
  if (!reach && wantedFrom !== undefined) runs.filled(repository, wantedFrom);
  return reach && { repository, reach, lost };
}

const noRuns: Runs = { runs: [], more: false };

/** Those that were open and are so no longer, or are on a later page, which nobody can tell apart. */
function lostRuns(runs: RunLedger, repository: string, open: Runs): readonly WorkflowRun[] {
  if (open.more) return [];
  const stillOpen = new Set(open.runs.map(({ id }) => id));
  return runs.open(repository).filter(({ id }) => !stillOpen.has(id));
}

/** Until it is known, main and master stand in: a failure here is no reason to know nothing of the runs. */
async function learnBranch({ github, runs, clock }: PollDeps, repository: string, signal: AbortSignal): Promise<void> {
  const dueAt = runs.readings().of(repository)?.branchDueAt;
  if (dueAt !== undefined && clock.now() < dueAt) return;
  try {
    const defaultBranch = await github.defaultBranch(repository, signal);
    runs.readings().update(repository, { defaultBranch, branchDueAt: clock.now() + branchIsKeptMs });
  } catch {
    signal.throwIfAborted();
    runs.readings().update(repository, { branchDueAt: clock.now() + branchAgainMs });
  }
}

async function readBack(
  { github, runs, clock }: PollDeps,
  { repository, reach: { from, maxPages }, lost }: CatchUp,
  signal: AbortSignal,
): Promise<void> {
  const found = await github.listRuns(repository, { status: 'completed', createdFrom: from, maxPages }, signal);
  runs.note(found.runs);
  // Those that were not among them are gone, or too far back for GitHub to tell.
  runs.forget(lost);
  runs.filled(repository, from);
  runs.readings().update(repository, { sweptAt: clock.now(), owed: undefined });
}
