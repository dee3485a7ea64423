import { z } from 'zod';
import { parseTime } from '../../lib/clock.ts';
import type { WorkflowJob, WorkflowRun, WorkStatus } from '../../model/github.ts';

/** What a delivery told. `at` is the newest of its own times, ms since the epoch. */
export type WebhookNews =
  | { readonly kind: 'job'; readonly job: WorkflowJob; readonly at: number }
  | { readonly kind: 'run'; readonly run: WorkflowRun; readonly at: number };

/** The events that are understood, with the actions of each; GitHub may send others at any time. */
const actions: Readonly<Record<string, ReadonlySet<string>>> = {
  workflow_job: new Set(['queued', 'waiting', 'in_progress', 'completed']),
  workflow_run: new Set(['requested', 'in_progress', 'completed']),
};

export function isWantedEvent(event: string): boolean {
  return Object.hasOwn(actions, event);
}

/**
 * A payload as GitHub's webhook documentation describes it, fields that are not used left out. Undefined for an action
 * that says nothing new. Throws an Error that names the field where the payload is not as documented.
 */
export function parseWebhook(event: string, payload: unknown): WebhookNews | undefined {
  const { action } = read(Envelope, payload);
  if (!actions[event]?.has(action)) return undefined;
  return event === 'workflow_job' ? read(JobPayload, payload) : read(RunPayload, payload);
}

function read<T>(schema: z.ZodType<T>, payload: unknown): T {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`found ${issue?.path.join('.') || 'a payload'} not as GitHub documents it: ${issue?.message}`);
}

const statuses = ['queued', 'waiting', 'pending', 'requested', 'in_progress', 'completed'] as const;
const Status = z.string().transform((word): WorkStatus => statuses.find((status) => status === word) ?? 'other');

const Time = z
  .string()
  .transform(parseTime)
  .refine((ms) => Number.isFinite(ms), 'expected a time');

/** As GitHub writes it. What passes is a metric's label and a line of the log. */
const Repository = z.object({ full_name: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'expected owner/name') });

const Envelope = z.object({ action: z.string() });

const Job = z.object({
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

const JobPayload = z
  .object({ workflow_job: Job, repository: Repository })
  .transform(({ workflow_job: job, repository }): WebhookNews => {
    const createdAt = job.created_at ?? job.started_at;
    const completedAt = job.completed_at ?? undefined;
    // A job that waits has a started_at too, and at times a runner: only with both has it begun.
    const began = job.status === 'in_progress' || job.status === 'completed';
    const runner = (began && job.runner_name) || undefined;
    return {
      kind: 'job',
      at: Math.max(createdAt, job.started_at, completedAt ?? 0),
      job: {
        id: job.id,
        runId: job.run_id,
        repository: repository.full_name,
        name: job.name,
        workflow: job.workflow_name || undefined,
        status: job.status,
        conclusion: job.conclusion ?? undefined,
        labels: job.labels,
        runner,
        createdAt,
        startedAt: runner === undefined ? undefined : job.started_at,
        completedAt,
      },
    };
  });

const Run = z.object({
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

const RunPayload = z
  .object({ workflow_run: Run, workflow: z.object({ path: z.string() }).nullish(), repository: Repository })
  .transform(({ workflow_run: run, workflow, repository }): WebhookNews => {
    const file = fileOf(run.path ?? workflow?.path ?? '');
    return {
      kind: 'run',
      at: run.updated_at,
      run: {
        id: run.id,
        attempt: run.run_attempt,
        repository: repository.full_name,
        workflow: run.name || file,
        workflowFile: file,
        event: run.event,
        branch: run.head_branch ?? undefined,
        status: run.status,
        conclusion: run.conclusion ?? undefined,
        createdAt: run.created_at,
        startedAt: run.run_started_at ?? run.created_at,
        endedAt: run.status === 'completed' ? run.updated_at : undefined,
      },
    };
  });

/** `.github/workflows/deploy.yml@refs/heads/main` → `deploy.yml` */
function fileOf(path: string): string {
  return path.replace(/@.*$/, '').replace(/^.*\//, '');
}
