import { z } from 'zod';
import { parseTime } from '../../lib/clock.ts';
import type { WorkflowJob, WorkflowRun, WorkStatus } from '../../model/github.ts';
import type { Listed } from './lists.ts';

const statuses = ['queued', 'waiting', 'pending', 'requested', 'in_progress', 'completed'] as const;
const Status = z.string().transform((word): WorkStatus => statuses.find((status) => status === word) ?? 'other');

const Time = z
  .string()
  .transform(parseTime)
  .refine((ms) => Number.isFinite(ms), 'expected a time');

/** A job as the REST API and webhooks give it. */
export const GivenJob = z.object({
  id: z.int(),
  run_id: z.int(),
  name: z.string(),
  workflow_name: z.string().nullish(),
  status: Status,
  conclusion: z.string().nullish(),
  labels: z.array(z.string()),
  runner_name: z.string().nullish(),
  // Enterprise Servers before 3.6 leave it out.
  created_at: Time.nullish(),
  started_at: Time,
  completed_at: Time.nullish(),
});

export function jobOf(job: z.output<typeof GivenJob>, repository: string): WorkflowJob {
  // A job that waits has a started_at too, and at times a runner: only with both has it begun.
  const began = job.status === 'in_progress' || job.status === 'completed';
  const runner = (began && job.runner_name) || undefined;
  return {
    id: job.id,
    runId: job.run_id,
    repository,
    name: job.name,
    workflow: job.workflow_name || undefined,
    status: job.status,
    conclusion: job.conclusion ?? undefined,
    labels: job.labels,
    runner,
    createdAt: job.created_at ?? job.started_at,
    startedAt: runner === undefined ? undefined : job.started_at,
    completedAt: job.completed_at ?? undefined,
  };
}

/** A run as the REST API and webhooks give it. */
export const GivenRun = z.object({
  id: z.int(),
  run_attempt: z.int().default(1),
  name: z.string().nullish(),
  path: z.string().nullish(),
  event: z.string(),
  head_branch: z.string().nullish(),
  status: Status,
  conclusion: z.string().nullish(),
  created_at: Time,
  updated_at: Time,
  run_started_at: Time.nullish(),
});

export function runOf(run: z.output<typeof GivenRun>, repository: string): WorkflowRun {
  const file = fileOf(run.path ?? '');
  return {
    id: run.id,
    attempt: run.run_attempt,
    repository,
    workflow: run.name || file || 'unknown',
    workflowFile: file,
    event: run.event,
    branch: run.head_branch ?? undefined,
    status: run.status,
    conclusion: run.conclusion ?? undefined,
    createdAt: run.created_at,
    startedAt: run.run_started_at ?? run.created_at,
    endedAt: run.status === 'completed' ? run.updated_at : undefined,
  };
}

/** `.github/workflows/deploy.yml@refs/heads/main` → `deploy.yml`; GitHub's own have `dynamic/…` and no file. */
function fileOf(path: string): string {
  return path.replace(/@.*$/, '').replace(/^.*\//, '');
}

export function jobPage(repository: string) {
  return z.object({ jobs: z.array(GivenJob), total_count: z.int().optional() }).transform(
    ({ jobs, total_count: total }): Listed<WorkflowJob> => ({
      items: jobs.map((job) => jobOf(job, repository)),
      ...(total === undefined ? {} : { total }),
    }),
  );
}

export function runPage(repository: string) {
  return z
    .object({ workflow_runs: z.array(GivenRun) })
    .transform(
      ({ workflow_runs: runs }): Listed<WorkflowRun> => ({ items: runs.map((run) => runOf(run, repository)) }),
    );
}
