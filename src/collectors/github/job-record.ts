import type { WorkflowJob, WorkStatus } from '../../model/github.ts';
import type { JobRecord } from '../../model/github-job.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** GitHub gives up a job that was queued so long. */
export const queuedLimitMs = dayMs;
/**
 * An end is remembered so long: a job that ended before is not taken any more. Longer than a webhook may be late, or
 * what tells of a job's start would begin it anew.
 */
export const completedKeepMs = 2 * dayMs;

/** GitHub ends a job on a self-hosted runner after 5 days, and a whole run, approvals included, after 35. */
const limits: Readonly<Record<WorkStatus, number>> = {
  other: 35 * dayMs,
  requested: 35 * dayMs,
  pending: 35 * dayMs,
  waiting: 35 * dayMs,
  queued: queuedLimitMs + hourMs,
  in_progress: 5 * dayMs + hourMs,
  completed: completedKeepMs,
};

/** The one way that a job goes. A word that is new stands before all others: it hides none that is understood. */
const order: readonly WorkStatus[] = ['other', 'requested', 'pending', 'waiting', 'queued', 'in_progress', 'completed'];

/** States in which a job does not ask for a runner yet. */
const held: ReadonlySet<WorkStatus> = new Set(['other', 'pending', 'waiting']);

export function isHeld({ status }: WorkflowJob): boolean {
  return held.has(status);
}

export function isOpen({ job, lost }: JobRecord): boolean {
  return job.status !== 'completed' && !lost;
}

export function newRecord(job: WorkflowJob, now: number): JobRecord {
  const queuedAt = isHeld(job) ? undefined : job.createdAt;
  return { job, queuedAt, started: false, ran: false, ended: false, lost: false, seenAt: now };
}

/**
 * The record with what is said now. News come late, twice and in any order: a status only goes forward, and what an
 * earlier one knows fills in what the later one does not say.
 */
export function mergedRecord(before: JobRecord, told: WorkflowJob, now: number): JobRecord {
  const isNews = rankOf(told) >= rankOf(before.job);
  const [earlier, later] = isNews ? [before.job, told] : [told, before.job];
  return {
    ...before,
    job: {
      ...later,
      repository: before.job.repository,
      workflow: later.workflow ?? earlier.workflow,
      conclusion: later.conclusion ?? earlier.conclusion,
      runner: later.runner ?? earlier.runner,
      startedAt: later.startedAt ?? earlier.startedAt,
      completedAt: later.completedAt ?? earlier.completedAt,
    },
    queuedAt: before.queuedAt ?? (isNews && told.status === 'queued' ? now : undefined),
    lost: before.lost && !isNews,
    seenAt: now,
  };
}

/** Whether GitHub itself would have ended the job by now, or its end is long past. */
export function isOver({ job, queuedAt }: JobRecord, now: number): boolean {
  return now - sinceOf(job, queuedAt) > limits[job.status];
}

function sinceOf(job: WorkflowJob, queuedAt: number | undefined): number {
  return job.status === 'queued' ? (queuedAt ?? job.createdAt) : endOf(job);
}

/** When the job ended, or what is known of it that comes next: its start, its making. */
export function endOf({ completedAt, startedAt, createdAt }: WorkflowJob): number {
  return completedAt ?? startedAt ?? createdAt;
}

function rankOf({ status }: WorkflowJob): number {
  return order.indexOf(status);
}
