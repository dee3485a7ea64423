import { z } from 'zod';
import type { WorkflowJob, WorkflowRun } from '../../model/github.ts';
import { GivenJob, GivenRun, jobOf, runOf } from './work.ts';

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

/** As GitHub writes it. What passes is a metric's label and a line of the log. */
const Repository = z.object({ full_name: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'expected owner/name') });

const Envelope = z.object({ action: z.string() });

const JobPayload = z
  .object({ workflow_job: GivenJob, repository: Repository })
  .transform(({ workflow_job: given, repository }): WebhookNews => {
    const job = jobOf(given, repository.full_name);
    return { kind: 'job', at: Math.max(job.createdAt, given.started_at, job.completedAt ?? 0), job };
  });

const RunPayload = z
  .object({ workflow_run: GivenRun, workflow: z.object({ path: z.string() }).nullish(), repository: Repository })
  .transform(({ workflow_run: given, workflow, repository }): WebhookNews => {
    const path = given.path ?? workflow?.path;
    return { kind: 'run', at: given.updated_at, run: runOf({ ...given, path }, repository.full_name) };
  });
