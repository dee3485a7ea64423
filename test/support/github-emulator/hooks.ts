import { randomUUID } from 'node:crypto';
import { signatureOf } from '../webhooks.ts';
import { type Body, repositoryBody, userBody } from './templates.ts';
import type { WorkEvent } from './work.ts';
import { describeJob, describeRun } from './work-routes.ts';

export interface Subscription {
  readonly url: string;
  readonly secret?: string;
  /** `workflow_job`, `workflow_run`; both where absent. */
  readonly events?: readonly string[];
}

export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly action: string;
  readonly body: string;
  /** Of the receiver's last answer; 0 where there was none, undefined before. */
  status: number | undefined;
}

/** GitHub's own limit for an answer. */
const timeoutMs = 10_000;

/** Tells subscribers of changes, signed and one after another, as GitHub's webhooks do. */
export function createHooks() {
  const subscriptions = new Map<Subscription, { last: Promise<void> }>();
  const deliveries: { readonly delivery: Delivery; readonly to: Subscription }[] = [];

  function enqueue(to: Subscription, delivery: Delivery): void {
    const line = subscriptions.get(to);
    if (line) line.last = line.last.then(() => deliver(to, delivery));
  }

  return {
    /** Ends with `unsubscribe`, as a webhook that is lost on its way. */
    subscribe(subscription: Subscription): { readonly unsubscribe: () => void } {
      subscriptions.set(subscription, { last: Promise.resolve() });
      return { unsubscribe: () => void subscriptions.delete(subscription) };
    },
    tell(change: WorkEvent): void {
      for (const to of subscriptions.keys()) {
        if (to.events && !to.events.includes(change.event)) continue;
        const { event, action } = change;
        const delivery = { id: randomUUID(), event, action, body: JSON.stringify(payload(change)), status: undefined };
        deliveries.push({ delivery, to });
        enqueue(to, delivery);
      }
    },
    /** Sends everything again, or the delivery of that id, under the same id. */
    redeliver(id?: string): void {
      for (const { delivery, to } of deliveries) if (id === undefined || delivery.id === id) enqueue(to, delivery);
    },
    deliveries: (): readonly Delivery[] => deliveries.map(({ delivery }) => delivery),
    /** Settles when all that was to be delivered has been. */
    async delivered(): Promise<void> {
      await Promise.all([...subscriptions.values()].map(({ last }) => last));
    },
  };
}

async function deliver({ url, secret }: Subscription, delivery: Delivery): Promise<void> {
  const { id, event, body } = delivery;
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/emulated',
    'x-github-event': event,
    'x-github-delivery': id,
    'x-github-hook-id': '1',
    ...(secret !== undefined && { 'x-hub-signature-256': signatureOf(body, secret) }),
  };
  const answer = await fetch(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(timeoutMs) }).catch(
    () => undefined,
  );
  await answer?.body?.cancel();
  delivery.status = answer?.status ?? 0;
}

/** The body of a webhook; @octokit/webhooks-examples shows the real ones. */
function payload(change: WorkEvent): Body {
  const { run, action } = change;
  const [owner = ''] = run.repository.split('/');
  const { login, id, node_id, url } = userBody(owner);
  const organization = { login, id, node_id, url, description: '' };
  const common = { repository: repositoryBody(run.repository), organization, sender: userBody('octocat', 'User') };
  if (change.event === 'workflow_job') return { action, workflow_job: describeJob(run, change.job), ...common };
  const body = describeRun(run);
  const { workflow_id, workflow_url, path, name } = body;
  const badge_url = `https://github.com/${run.repository}/workflows/${run.workflow}/badge.svg`;
  const html_url = `https://github.com/${run.repository}/blob/${run.branch}/${path}`;
  const times = { created_at: body.created_at, updated_at: body.updated_at };
  const workflow = { id: workflow_id, node_id: 'W_1', name, path, state: 'active', ...times };
  return { action, workflow_run: body, workflow: { ...workflow, url: workflow_url, html_url, badge_url }, ...common };
}
