import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { verify } from '@octokit/webhooks-methods';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGithubEmulator, type GithubEmulator } from '../support/github-emulator/index.ts';
import { webhookExamples } from '../support/webhooks.ts';

interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const secret = "It's a Secret to Everybody";

let github: GithubEmulator;
let got: Got[];
let status: number;
let url: string;
const server = createServer(async (request, response) => {
  got.push({ headers: request.headers, body: await text(request) });
  response.writeHead(status).end();
});

beforeEach(async () => {
  got = [];
  status = 202;
  github = await createGithubEmulator();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/github`;
});
afterEach(async () => {
  await github[Symbol.asyncDispose]();
  server.closeAllConnections();
  await once(server.close(), 'close');
});

function told(): readonly string[] {
  return got.map(({ headers, body }) => {
    const { action } = JSON.parse(body) as { readonly action: string };
    return `${headers['x-github-event']} ${action}`;
  });
}

function liveOneRun(): void {
  const run = github.addRun({ jobs: [{ name: 'build' }] });
  const id = run.jobs[0]?.id ?? 0;
  github.startJob(id, 'r1');
  github.completeJob(id);
}

describe('webhooks', () => {
  it('tell the life of a run, in its order', async () => {
    github.subscribe({ url, secret });
    liveOneRun();
    const [run] = github.runs();
    github.addJob(github.rerun(run?.id ?? 0).id, { name: 'deploy', status: 'waiting' });
    await github.delivered();
    expect(told()).toEqual([
      'workflow_run requested',
      'workflow_job queued',
      'workflow_job in_progress',
      'workflow_run in_progress',
      'workflow_job completed',
      'workflow_run completed',
      'workflow_run requested',
      'workflow_job queued',
      'workflow_job waiting',
    ]);
  });

  it('are as they were at that moment, and signed', async () => {
    github.subscribe({ url, secret, events: ['workflow_job'] });
    liveOneRun();
    await github.delivered();
    const statuses = got.map(
      ({ body }) => (JSON.parse(body) as { workflow_job: { status: string } }).workflow_job.status,
    );
    expect(statuses).toEqual(['queued', 'in_progress', 'completed']);
    for (const { headers, body } of got) {
      expect(await verify(secret, body, String(headers['x-hub-signature-256']))).toBe(true);
    }
    expect(new Set(got.map(({ headers }) => headers['x-github-delivery'])).size).toBe(3);
  });

  it('are sent again under the same id, and their answers are known', async () => {
    status = 503;
    github.subscribe({ url, secret, events: ['workflow_run'] });
    github.addRun();
    await github.delivered();
    const [delivery] = github.deliveries();
    expect(delivery).toMatchObject({ event: 'workflow_run', action: 'requested', status: 503 });
    status = 202;
    github.redeliver(delivery?.id);
    await github.delivered();
    expect(got.map(({ headers }) => headers['x-github-delivery'])).toEqual([delivery?.id, delivery?.id]);
    expect(github.deliveries()).toMatchObject([{ status: 202 }]);
  });

  it('can be lost', async () => {
    const { unsubscribe } = github.subscribe({ url, secret });
    unsubscribe();
    liveOneRun();
    await github.delivered();
    expect(got).toEqual([]);
  });

  it.each(['workflow_job', 'workflow_run'] as const)('have the shape of the published %s', async (event) => {
    github.subscribe({ url, secret, events: [event] });
    liveOneRun();
    await github.delivered();
    const examples = webhookExamples.filter((example) => example.event === event);
    const common = examples
      .map(({ payload }) => keysOf(payload, event))
      .reduce((all, keys) => all.filter((key) => keys.includes(key)));
    expect(common.length).toBeGreaterThan(15);
    for (const { body } of got) expect(keysOf(JSON.parse(body), event)).toEqual(expect.arrayContaining(common));
  });
});

/** `action`, `workflow_job.id`, … */
function keysOf(payload: object, event: string): string[] {
  const { [event]: told } = payload as Readonly<Record<string, object>>;
  return [...Object.keys(payload), ...Object.keys(told ?? {}).map((key) => `${event}.${key}`)];
}
