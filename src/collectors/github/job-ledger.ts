import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../lib/clock.ts';
import type { Audit } from '../../model/audit.ts';
import type { WorkflowJob } from '../../model/github.ts';
import type { JobRecord } from '../../model/github-job.ts';
import type { Sample } from '../../model/sample.ts';
import { isOpen, isOver, mergedRecord, newRecord } from './job-record.ts';
import type { JobSeries } from './job-series.ts';
import { createJobTable, type JobTable } from './job-table.ts';
import { createJobTally, type JobTally } from './job-tally.ts';
import { createJobTelling } from './job-telling.ts';

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
  /** Whether jobs of the repository may be. */
  readonly isWatched?: (repository: string) => boolean;
  /** Where they are counted; one may count for several ledgers, one after the other. */
  readonly tally?: JobTally;
  readonly maxJobs?: number;
}

export function createJobLedger({ clock, audit, store, adopt, maxJobs = 10_000, ...ports }: LedgerPorts): JobLedger {
  const { tally = createJobTally(), isWatched = () => true } = ports;
  const telling = createJobTelling(audit, tally);
  const unsaved = createUnsaved(store);
  let loaded: JobTable | undefined;

  /** Read when it is first needed: until then, the configuration before this one may still write. */
  function table(): JobTable {
    loaded ??= load();
    return loaded;
  }

  function load(): JobTable {
    const records = store.load();
    tally.keepOnly(isWatched);
    const isOwn = ({ job }: JobRecord): boolean => adopt(job) !== undefined;
    // Those of repositories that are watched no more go.
    unsaved.add(records.filter((record) => !isOwn(record)).map(({ job }) => job.id));
    return createJobTable(records.filter(isOwn), maxJobs);
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
    if (!isSame) unsaved.add([job.id]);
  }

  return {
    note(jobs) {
      const now = clock.now();
      // Before, so that their names are free; after, so that there are never too many.
      unsaved.add(table().prune(now));
      for (const job of jobs) take(job, now);
      unsaved.add(table().prune(now));
      unsaved.save(table());
    },
    open: () => openJobs(table(), clock.now()),
    lose(ids) {
      const known = ids.flatMap((id) => table().get(id) ?? []);
      for (const { record, seenAt } of known) table().put({ ...record, lost: true }, seenAt);
      unsaved.add(known.map(({ record }) => record.job.id));
      unsaved.save(table());
    },
    series: () => table().series(),
    toldAt: () => table().toldAt(),
    samples() {
      table();
      return tally.samples();
    },
  };
}

/** What the disk does not have yet; a write that fails is tried again with the next. */
function createUnsaved(store: JobStore) {
  const ids = new Set<number>();
  return {
    add(changed: readonly number[]): void {
      for (const id of changed) ids.add(id);
    },
    save(table: JobTable): void {
      if (ids.size === 0) return;
      const changed = [...ids].flatMap((id) => table.get(id)?.record ?? []);
      store.save(
        changed,
        [...ids].filter((id) => !table.get(id)),
      );
      ids.clear();
    },
  };
}

function openJobs(table: JobTable, now: number): readonly OpenJob[] {
  return table
    .all()
    .filter(({ record }) => isOpen(record) && !isOver(record, now))
    .map(({ record: { job, queuedAt }, series, seenAt }) => ({ job, queuedAt, series, seenAt }));
}
