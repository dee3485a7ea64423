import type { WorkflowRun } from '../../model/github.ts';
import type { Runs } from '../../sources/github/github-source.ts';

/** How far back runs are read beyond the first page. */
export interface Reach {
  /** When they were made, ms since the epoch. */
  readonly from: number;
  readonly maxPages: number;
}

/** What is known after the first page, the newest hundred runs that ended. Times are ms since the epoch. */
export interface PageView {
  readonly page: Runs;
  /** How many of the page were not known. */
  readonly fresh: number;
  readonly now: number;
  /** When the repository was read before; undefined where it never was. */
  readonly readAt: number | undefined;
  readonly sweptAt: number | undefined;
  /** What an earlier poll found to be needed, and nobody could read yet. */
  readonly owed: Reach | undefined;
  /** How long back an ended run matters, in ms. */
  readonly reachMs: number;
  /** From when on deployments are wanted. */
  readonly wantedFrom: number | undefined;
  /** Runs that were open, and are neither open nor on the page. */
  readonly lost: readonly WorkflowRun[];
}

/** GitHub lists runs in the order in which they were made: one that took this long ends on a later page. */
const overlapMs = 3 * 24 * 3_600_000;
const sweepEveryMs = 3_600_000;
const catchUpPages = 5;
/** GitHub gives at most a thousand runs of a filter. */
const maxPages = 10;

/** Undefined where the first page is enough, as it mostly is. */
export function reachOf(view: PageView): Reach | undefined {
  if (!view.page.more) return undefined;
  const oldest = Math.min(...view.page.runs.map(({ createdAt }) => createdAt));
  const beyond = wantsOf(view).filter(({ from }) => from < oldest);
  if (beyond.length === 0) return undefined;
  return {
    from: Math.min(...beyond.map(({ from }) => from)),
    maxPages: Math.max(...beyond.map((want) => want.maxPages)),
  };
}

function wantsOf({ page, fresh, now, readAt, sweptAt, reachMs, wantedFrom, owed, lost }: PageView): readonly Reach[] {
  const wants: Reach[] = owed ? [owed] : [];
  if (wantedFrom !== undefined) wants.push({ from: wantedFrom, maxPages });
  if (lost.length > 0) wants.push({ from: Math.min(...lost.map(({ createdAt }) => createdAt)), maxPages });
  // Of a repository that was never read nothing was missed.
  if (readAt === undefined) return wants;
  const isAllNew = fresh === page.runs.length;
  if (isAllNew) wants.push({ from: Math.max(readAt, now - reachMs) - overlapMs, maxPages: catchUpPages });
  // After a start, for what ended meanwhile; later on, for re-runs of old runs that begin and end between two polls.
  const isDue = sweptAt === undefined || now - sweptAt >= sweepEveryMs;
  if (isDue) wants.push({ from: now - overlapMs, maxPages: catchUpPages });
  return wants;
}
