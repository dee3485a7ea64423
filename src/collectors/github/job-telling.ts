import type { Audit } from '../../model/audit.ts';
import type { WorkflowJob } from '../../model/github.ts';
import type { JobRecord } from '../../model/github-job.ts';
import type { Labels } from '../../model/labels.ts';
import type { JobTally } from './job-tally.ts';

/** Counts jobs and writes them into the audit log, each once. */
export interface JobTelling {
  /** Tells what the record has and was not told yet; gives the record that says so. */
  tell(record: JobRecord): JobRecord;
}

const conclusions: ReadonlySet<string> = new Set([
  ...['success', 'failure', 'cancelled', 'timed_out'],
  ...['skipped', 'neutral', 'action_required', 'stale', 'startup_failure'],
]);
const outcomes: Readonly<Record<string, 'success' | 'failure'>> = {
  success: 'success',
  failure: 'failure',
  timed_out: 'failure',
  startup_failure: 'failure',
};

export function createJobTelling(audit: Audit, tally: JobTally): JobTelling {
  function start({ job, queuedAt, started }: JobRecord): boolean {
    if (started || job.startedAt === undefined) return started;
    if (queuedAt !== undefined) tally.waited(job, seconds(queuedAt, job.startedAt));
    audit({
      action: 'job-started',
      at: job.startedAt,
      message: `job ${job.name} of ${job.repository} started on ${job.runner ?? 'an unknown runner'}`,
      labels: auditLabels(job),
    });
    return true;
  }

  function count({ job, ran }: JobRecord): boolean {
    const { status, startedAt, completedAt } = job;
    if (ran || status !== 'completed' || startedAt === undefined || completedAt === undefined) return ran;
    tally.ran(job, conclusionOf(job), seconds(startedAt, completedAt));
    return true;
  }

  function end({ job, ended }: JobRecord): boolean {
    if (ended || job.status !== 'completed') return ended;
    const conclusion = conclusionOf(job);
    // Nothing was done, and nobody is missing it.
    if (conclusion === 'skipped') return true;
    audit({
      action: 'job-ended',
      ...(job.completedAt === undefined ? {} : { at: job.completedAt }),
      outcome: outcomes[conclusion] ?? 'unknown',
      message: `job ${job.name} of ${job.repository} ended: ${conclusion}`,
      labels: { ...auditLabels(job), conclusion },
    });
    return true;
  }
  return {
    tell(record) {
      tally.expect(record.job);
      return { ...record, started: start(record), ran: count(record), ended: end(record) };
    },
  };
}

/** GitHub's clock has whole seconds, and not one clock: a start may seem to be before the queueing. */
function seconds(from: number, to: number): number {
  return Math.max(0, to - from) / 1000;
}

function conclusionOf({ conclusion }: WorkflowJob): string {
  return conclusion !== undefined && conclusions.has(conclusion) ? conclusion : 'other';
}

function auditLabels({ id, runId, repository, workflow, name, runner }: WorkflowJob): Labels {
  const known = { repository, workflow, job: name, runner };
  const told = Object.entries(known).flatMap(([label, value]) =>
    value === undefined ? [] : [[label, value] as const],
  );
  return { ...Object.fromEntries(told), job_id: String(id), run_id: String(runId) };
}
