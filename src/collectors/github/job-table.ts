import type { JobRecord } from '../../model/github-job.ts';
import { endOf, isOpen, isOver } from './job-record.ts';
import { createJobSeriesNames, type JobSeries } from './job-series.ts';

interface JobEntry {
  readonly record: JobRecord;
  readonly series: JobSeries;
  /** When it was last told, changed or not. */
  readonly seenAt: number;
}

/** The jobs that are known, bounded in number and time. */
export interface JobTable {
  get(id: number): JobEntry | undefined;
  put(record: JobRecord, seenAt: number): void;
  all(): readonly JobEntry[];
  /** Whether an unknown job is one that was known and let go. */
  isForgotten(record: JobRecord, now: number): boolean;
  /** Lets go what is over and what is too much; gives their ids. */
  prune(now: number): readonly number[];
  /** The series of the jobs. */
  series(): readonly JobSeries[];
  /** When a job of the repository was last told, by its repository. */
  toldAt(): ReadonlyMap<string, number>;
}

const pruneEveryMs = 60_000;
/** What is left where there were too many, so that not each further job makes room for itself alone. */
const keptRatio = 0.95;

/** `records` are those that were kept. */
export function createJobTable(records: readonly JobRecord[], maxJobs: number): JobTable {
  const entries = new Map<number, JobEntry>();
  const names = createJobSeriesNames();
  let prunedAt = Number.NEGATIVE_INFINITY;
  /** A job that is not known and ended no later was counted already. */
  let forgottenUntil = records.length < keptRatio * maxJobs ? Number.NEGATIVE_INFINITY : firstEnd(records);

  function put(record: JobRecord, seenAt: number): void {
    const { id } = record.job;
    const series = entries.get(id)?.series ?? names.take(record.job);
    entries.set(id, { record, series, seenAt });
  }

  function surplus(): readonly JobRecord[] {
    if (entries.size <= maxJobs) return [];
    const known = [...entries.values()].map(({ record }) => record).sort(leastWorthFirst);
    return known.slice(0, known.length - Math.floor(keptRatio * maxJobs));
  }

  function remove({ job }: JobRecord): void {
    const entry = entries.get(job.id);
    if (entry) names.release(entry.series);
    entries.delete(job.id);
  }

  function prune(now: number): readonly number[] {
    if (entries.size <= maxJobs && Math.abs(now - prunedAt) < pruneEveryMs) return [];
    prunedAt = now;
    const over = [...entries.values()].map(({ record }) => record).filter((record) => isOver(record, now));
    for (const record of over) remove(record);
    const tooMany = surplus();
    for (const record of tooMany) remove(record);
    forgottenUntil = Math.max(forgottenUntil, lastEnd(tooMany));
    return [...over, ...tooMany].map(({ job }) => job.id);
  }

  for (const record of records) put(record, record.seenAt);
  return {
    get: (id) => entries.get(id),
    put,
    all: () => [...entries.values()],
    isForgotten: (record, now) =>
      isOver(record, now) || (record.job.status === 'completed' && endOf(record.job) <= forgottenUntil),
    prune,
    series: names.all,
    toldAt: () => lastTold(entries.values()),
  };
}

function lastTold(entries: Iterable<JobEntry>): ReadonlyMap<string, number> {
  const told = new Map<string, number>();
  for (const { record, seenAt } of entries) {
    const { repository } = record.job;
    told.set(repository, Math.max(seenAt, told.get(repository) ?? 0));
  }
  return told;
}

function firstEnd(records: readonly JobRecord[]): number {
  return endsOf(records).reduce((first, end) => Math.min(first, end), Number.POSITIVE_INFINITY);
}

function lastEnd(records: readonly JobRecord[]): number {
  return endsOf(records).reduce((last, end) => Math.max(last, end), Number.NEGATIVE_INFINITY);
}

function endsOf(records: readonly JobRecord[]): readonly number[] {
  return records.filter(({ job }) => job.status === 'completed').map(({ job }) => endOf(job));
}

/** Ends before open jobs, the oldest before the newer. */
function leastWorthFirst(a: JobRecord, b: JobRecord): number {
  return Number(isOpen(a)) - Number(isOpen(b)) || endOf(a.job) - endOf(b.job);
}
