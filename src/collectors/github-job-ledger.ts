import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../lib/clock.ts';
import type { Audit } from '../model/audit.ts';
import type { WorkflowJob } from '../model/github.ts';
import type { JobRecord } from '../model/github-job.ts';
import type { Sample } from '../model/sample.ts';
import { isOpen, isOver, mergedRecord, newRecord } from './github-job-record.ts';
import type { JobSeries } from './github-job-series.ts';
import { createJobTable, type JobTable } from './github-job-table.ts';
import { createJobTelling } from './github-job-telling.ts';

/** Where jobs are kept over a restart of ours. */
export interface JobStore {
  load(): readonly JobRecord[];
  /** In one transaction. */
  save(changed: readonly JobRecord[], removed: readonly number[]): void;
}

/** A job that is not completed. Times are ms since the epoch. */
export interface OpenJob {
  readonly job: WorkflowJob;
  readonly series: JobSeries;
  /** Since when it waits for a runner; undefined where it does not yet, or nobody knows. */
  readonly queuedAt: number | undefined;
  /** When it was last told, changed or not. */
  readonly seenAt: number;
}

/** Every job that was heard of, from polls and webhooks alike: each counts once, and none goes back in time. */
export interface JobLedger {
  /** Throws where they cannot be kept on disk; they are known here all the same, and kept with the next ones. */
  note(jobs: readonly WorkflowJob[]): void;
  /** Those that are not completed. */
  open(): readonly OpenJob[];
  /** GitHub does not have these any more, and does not say how they ended. */
  lose(ids: readonly number[]): void;
  /** The series that jobs had lately, open ones or not. */
  series(): readonly JobSeries[];
  /** When a job of the repository was last told, by its repository. */
  toldAt(): ReadonlyMap<string, number>;
  /** The times that jobs waited and ran. */
  samples(): readonly Sample[];
}

interface LedgerPorts {
  readonly clock: Clock;
  readonly audit: Audit;
  readonly store: JobStore;
  /** The job as it is kept, or undefined where it is none for runners of ours. */
  readonly adopt: (job: WorkflowJob) => WorkflowJob | undefined;
  readonly maxJobs?: number;
}

export function createJobLedger({ clock, audit, store, adopt, maxJobs = 10_000 }: LedgerPorts): JobLedger {
  const telling = createJobTelling(audit);
  const unsaved = new Set<number>();
  let loaded: JobTable | undefined;

  /** Read when it is first needed: until then, the configuration before this one may still write. */
  function table(): JobTable {
    loaded ??= createJobTable(ownOf(store.load()), maxJobs);
    return loaded;
  }

  /** Those of repositories that are watched no more go. */
  function ownOf(records: readonly JobRecord[]): readonly JobRecord[] {
    return records.filter(({ job }) => adopt(job) !== undefined || !unsaved.add(job.id));
  }

  function take(job: WorkflowJob, now: number): void {
    const before = table().get(job.id)?.record;
    const adopted = before ? job : adopt(job);
    if (!adopted) return;
    const merged = before ? mergedRecord(before, adopted, now) : newRecord(adopted, now);
    if (!before && table().isForgotten(merged, now)) return;
    const record = telling.tell(merged);
    const isSame = before !== undefined && isDeepStrictEqual({ ...record, seenAt: before.seenAt }, before);
    table().put(isSame ? before : record, now);
    if (!isSame) unsaved.add(job.id);
  }

  function prune(now: number): void {
    for (const id of table().prune(now)) unsaved.add(id);
  }

  function save(): void {
    if (unsaved.size === 0) return;
    const ids = [...unsaved];
    store.save(
      ids.flatMap((id) => table().get(id)?.record ?? []),
      ids.filter((id) => !table().get(id)),
    );
    unsaved.clear();
  }

  return {
    note(jobs) {
      const now = clock.now();
      // Before, so that their names are free; after, so that there are never too many.
      prune(now);
      for (const job of jobs) take(job, now);
      prune(now);
      save();
    },
    open: () => openJobs(table(), clock.now()),
    lose(ids) {
      for (const id of ids) {
        const entry = table().get(id);
        if (!entry) continue;
        table().put({ ...entry.record, lost: true }, entry.seenAt);
        unsaved.add(id);
      }
      save();
    },
    series: () => table().series(),
    toldAt: () => table().toldAt(),
    samples: telling.samples,
  };
}

function openJobs(table: JobTable, now: number): readonly OpenJob[] {
  return table
    .all()
    .filter(({ record }) => isOpen(record) && !isOver(record, now))
    .map(({ record: { job, queuedAt }, series, seenAt }) => ({ job, queuedAt, series, seenAt }));
}
