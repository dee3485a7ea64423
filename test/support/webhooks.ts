import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';

interface Definition {
  readonly name: string;
  readonly examples: readonly { readonly action?: string }[];
}

const require = createRequire(import.meta.url);
// Its types speak of a module that it is not.
const definitions = require('@octokit/webhooks-examples') as readonly Definition[];

interface Example {
  readonly event: string;
  readonly action: string | undefined;
  readonly payload: object;
}

/** Payloads as GitHub sent them, of every event. */
export const webhookExamples: readonly Example[] = definitions.flatMap(({ name, examples }) =>
  examples.map((payload) => ({ event: name, action: payload.action, payload })),
);

/** By `@octokit/webhooks-methods`' and GitHub's documentation: HMAC-SHA-256 of the octets, in hexadecimal. */
export function signatureOf(body: string | Uint8Array, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

interface Delivery {
  readonly event?: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly secret: string;
  /** Undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Delivers as GitHub does. */
export function deliver(url: string, { event = 'workflow_job', body, secret, headers = {} }: Delivery) {
  const all = {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-github-event': event,
    'x-hub-signature-256': signatureOf(body, secret),
    ...headers,
  };
  const sent = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return fetch(`${url}/webhooks/github`, { method: 'POST', headers: Object.fromEntries(sent), body });
}

const oneJob = {
  id: 1001,
  run_id: 501,
  name: 'build',
  workflow_name: 'Build',
  status: 'queued',
  conclusion: null,
  labels: ['self-hosted', 'gpu'],
  runner_name: null,
  completed_at: null,
};

/** The body of a workflow_job event, as far as it is read. `at` is the time of all that is not given. */
export function jobBody(at: string, job: object = {}, repository = 'octo/homelab'): string {
  const action = 'status' in job ? job.status : oneJob.status;
  const times = { created_at: at, started_at: at };
  return JSON.stringify({
    action,
    workflow_job: { ...oneJob, ...times, ...job },
    repository: { full_name: repository },
  });
}

const oneRun = {
  id: 501,
  run_attempt: 1,
  name: 'Build',
  path: '.github/workflows/build.yml',
  event: 'push',
  head_branch: 'main',
  status: 'completed',
  conclusion: 'success',
};

/** The same of a workflow_run event that tells a run's end. */
export function runBody(at: string, run: object = {}, repository = 'octo/homelab'): string {
  const times = { created_at: at, updated_at: at, run_started_at: at };
  return JSON.stringify({
    action: 'completed',
    workflow_run: { ...oneRun, ...times, ...run },
    workflow: null,
    repository: { full_name: repository },
  });
}
