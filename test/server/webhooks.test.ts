import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { completedKeepMs } from '../../src/collectors/github/job-record.ts';
import { otherMs } from '../../src/collectors/github/run-record.ts';
import { Settings } from '../../src/config/schema.ts';
import { createApp } from '../../src/http/app.ts';
import type { HttpPorts, WebhookPorts } from '../../src/http/ports.ts';
import { silentLog } from '../../src/lib/log.ts';
import { secretFile } from '../../src/lib/secret.ts';
import type { WorkflowJob, WorkflowRun } from '../../src/model/github.ts';
import { createSelfMetrics } from '../../src/samples/self.ts';
import type { Runtime } from '../../src/server/runtime.ts';
import { createWebhooks, maxAgeMs } from '../../src/server/webhooks.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { seriesValue } from '../support/server.ts';
import { deliver, jobBody, runBody, webhookExamples } from '../support/webhooks.ts';

const secret = 'the-webhook-secret';
const start = '2026-01-01T00:00:00Z';

let clock: FakeClock;
let config: Settings;
let files: Map<string, string>;
let jobs: WorkflowJob[];
let runs: WorkflowRun[];
let shown: string[];
let lines: { readonly level: number; readonly msg: string; readonly reason?: string }[];
let failure: Error | undefined;
let metrics: () => Promise<string>;
let webhooks: WebhookPorts;
let server: Server;
let url: string;

/** The door and what is behind it, but for the ledgers, which only keep what they are told. */
beforeEach(async () => {
  clock = new FakeClock(Date.parse(start));
  configure({});
  files = new Map();
  jobs = [];
  runs = [];
  shown = [];
  lines = [];
  failure = undefined;
  const note = <T>(into: () => T[]) => ({
    note: (told: readonly T[]) => {
      if (failure) throw failure;
      into().push(...told);
    },
  });
  const current = () =>
    ({
      config,
      sources: { jobs: note(() => jobs), runs: note(() => runs) },
      news: (collector: string) => shown.push(collector),
    }) as unknown as Runtime;
  const self = createSelfMetrics({ version: '1', nodeVersion: '24' }, () => 0);
  metrics = () => self.registry.metrics();
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const readFile = async (path: string) => files.get(path) ?? Promise.reject(new Error(`${path} is gone`));
  const ground = { clock, log, readFile, userAgent: 'test', audit: () => undefined };
  webhooks = createWebhooks(current, { ground, self });
  server = createServer(createApp({ webhooks, runner: {} } as HttpPorts, silentLog)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function configure(over: object, collectors: object = {}): void {
  const github = { webhook_secret: secret, repositories: ['octo/homelab'], ...over };
  config = Settings.parse({ github, collectors });
}

/** Status and outcome, or the error. */
async function send(body: string, event = 'workflow_job'): Promise<readonly unknown[]> {
  const response = await deliver(url, { event, body, secret });
  const { data, error } = (await response.json()) as { data?: { outcome: string; reason?: string }; error?: string };
  return [response.status, data?.outcome ?? error, ...(data?.reason === undefined ? [] : [data.reason])];
}

const count = async (event: string, outcome: string) =>
  seriesValue(await metrics(), `runnerwatch_webhook_events_total{event="${event}",outcome="${outcome}"}`);
const lastEvent = async () => seriesValue(await metrics(), 'runnerwatch_webhook_last_event_timestamp_seconds');

describe('what is told', () => {
  it('a job goes into its ledger, and is shown', async () => {
    expect(await lastEvent()).toBeUndefined();
    await clock.advance(5000);
    expect(await send(jobBody(start))).toEqual([202, 'accepted']);
    expect(jobs).toMatchObject([{ id: 1001, status: 'queued', labels: ['self-hosted', 'gpu'] }]);
    expect(shown).toEqual(['github-queue']);
    expect(await count('workflow_job', 'accepted')).toBe(1);
    expect(await lastEvent()).toBe(Date.parse(start) / 1000 + 5);
  });

  it('a run goes into its ledger, and is shown', async () => {
    expect(await send(runBody(start), 'workflow_run')).toEqual([202, 'accepted']);
    expect(runs).toMatchObject([{ id: 501, conclusion: 'success' }]);
    expect(shown).toEqual(['github-pipelines']);
    expect(await count('workflow_run', 'accepted')).toBe(1);
  });

  it('twice counts once, a change of it is another', async () => {
    await send(jobBody(start));
    expect(await send(jobBody(start))).toEqual([200, 'duplicate', 'it came before']);
    expect(await send(jobBody(start, { status: 'in_progress', runner_name: 'r1' }))).toEqual([202, 'accepted']);
    expect(jobs.map(({ status }) => status)).toEqual(['queued', 'in_progress']);
    expect(await count('workflow_job', 'duplicate')).toBe(1);
  });

  it('what the ledger could not take may come again', async () => {
    failure = new Error('disk full');
    expect((await deliver(url, { body: jobBody(start), secret })).status).toBe(500);
    failure = undefined;
    expect(await send(jobBody(start))).toEqual([202, 'accepted']);
  });

  it('a ping is answered', async () => {
    expect(await send(JSON.stringify({ zen: 'Keep it logically awesome.' }), 'ping')).toEqual([
      200,
      'accepted',
      'the webhook works',
    ]);
    expect(await count('ping', 'accepted')).toBe(1);
    expect(await lastEvent()).toBeUndefined();
  });

  it('is remembered ten thousand times, the newest', () => {
    const take = (id: number) => webhooks.take('workflow_job', jobBody(start, { id })).outcome;
    expect([take(1), take(2)]).toEqual(['accepted', 'accepted']);
    for (let id = 3; id <= 10_000; id++) expect(take(id)).toBe('accepted');
    expect(take(1)).toBe('duplicate');
    expect(take(10_001)).toBe('accepted');
    // The first was asked for meanwhile: the second is the one that went.
    expect([take(1), take(2)]).toEqual(['duplicate', 'accepted']);
  });
});

describe('what is ignored', () => {
  it.each([
    ['another repository', 'octo/other', {}],
    ['an owner that only begins so', 'octo2/homelab', { organizations: ['octo'], repositories: [] }],
  ])('%s', async (_, repository, over) => {
    configure(over);
    expect(await send(jobBody(start, {}, repository))).toEqual([202, 'ignored', 'its repository is not watched']);
    expect([jobs, shown]).toEqual([[], []]);
  });

  it.each([
    ['in other capitals', 'Octo/HomeLab', {}, {}],
    ['of an organization', 'acme/anything', { organizations: ['Acme'] }, {}],
    ['of an enterprise', 'any/thing', { enterprises: ['big'] }, {}],
    ['whose queue is read', 'a/b', {}, { 'github-queue': { repositories: ['a/b'] } }],
    [
      'that is deployed from',
      'a/b',
      {},
      { 'github-pipelines': { deployments: [{ name: 'd', repository: 'a/b', workflow: 'x.yml' }] } },
    ],
  ])('not a repository %s', async (_, repository, over, ofCollectors) => {
    configure(over, ofCollectors);
    expect(await send(jobBody(start, {}, repository))).toEqual([202, 'accepted']);
  });

  it('what is older than 36 hours', async () => {
    const body = jobBody(start);
    await clock.advance(36 * 3_600_000 + 1);
    expect(await send(body)).toEqual([202, 'ignored', 'it is older than 36 hours']);
    const ended = { status: 'completed', conclusion: 'success', completed_at: '2026-01-02T00:00:00Z' };
    expect(await send(jobBody(start, ended))).toEqual([202, 'accepted']);
  });

  it('what could tell of a job whose end the ledgers have forgotten', () => {
    expect(maxAgeMs).toBeLessThan(Math.min(completedKeepMs, otherMs));
  });

  it('actions that say nothing new', async () => {
    const body = JSON.stringify({ ...JSON.parse(jobBody(start)), action: 'unheard-of' });
    expect(await send(body)).toEqual([202, 'ignored', 'its action tells nothing new']);
  });

  it('other events, under one name, whatever is in them', async () => {
    expect(await send('not even JSON', 'workflow_job_but_newer')).toEqual([
      202,
      'ignored',
      'only workflow_job and workflow_run are wanted',
    ]);
    expect(await count('other', 'ignored')).toBe(1);
  });
});

it('a repository is called as the configuration writes it, or else as GitHub does', async () => {
  configure({ organizations: ['acme'] });
  for (const [index, name] of ['Octo/HomeLab', 'Acme/Thing'].entries()) {
    await send(jobBody(start, { id: index }, name));
    await send(runBody(start, { id: index }, name), 'workflow_run');
  }
  expect(jobs.map(({ repository }) => repository)).toEqual(['octo/homelab', 'Acme/Thing']);
  expect(runs.map(({ repository }) => repository)).toEqual(['octo/homelab', 'Acme/Thing']);
});

describe('what is malformed', () => {
  it.each([
    ['{', 'the payload is not JSON'],
    ['\ufeff{}', 'the payload is not JSON'],
    ['null', 'found a payload not as GitHub documents it'],
    ['{"action": "queued"}', 'found workflow_job not as GitHub documents it'],
    [jobBody(start, { labels: [1] }), 'found workflow_job.labels.0 not as GitHub documents it'],
    [`${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`, 'found a payload not as GitHub documents it'],
    [`{"action": "queued", "__proto__": {"workflow_job": 1}}`, 'found workflow_job not as GitHub documents it'],
  ])('%.40s', async (body, message) => {
    const [status, error] = await send(body);
    expect([status, error]).toEqual([400, expect.stringContaining(message)]);
    expect([jobs, shown]).toEqual([[], []]);
    expect(await count('workflow_job', 'malformed')).toBe(1);
  });

  it('never a deep field that is not used', async () => {
    const deep = `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`;
    expect(await send(jobBody(start).replace('"action"', `"sender":${deep},"action"`))).toEqual([202, 'accepted']);
  });
});

describe('the secret', () => {
  it('is read anew at each delivery; of two lines, both count', async () => {
    configure({ webhook_secret: secretFile('/run/secrets/webhook') });
    const statusWith = async (with_: string, id: number) =>
      (await deliver(url, { body: jobBody(start, { id }), secret: with_ })).status;
    files.set('/run/secrets/webhook', 'old\n');
    expect([await statusWith('old', 1), await statusWith('new', 2)]).toEqual([202, 401]);
    files.set('/run/secrets/webhook', 'new\r\nold\r\n');
    expect([await statusWith('old', 3), await statusWith('new', 4)]).toEqual([202, 202]);
    files.set('/run/secrets/webhook', 'new\n');
    expect([await statusWith('old', 5), await statusWith('new', 6)]).toEqual([401, 202]);
  });

  it('that is not configured lets nobody in', async () => {
    configure({ webhook_secret: undefined });
    expect((await deliver(url, { body: jobBody(start), secret: 'undefined' })).status).toBe(403);
    expect(await count('workflow_job', 'not_configured')).toBe(1);
  });

  it('whose file is gone lets nobody in, and is told', async () => {
    configure({ webhook_secret: secretFile('/run/secrets/webhook') });
    expect((await deliver(url, { body: jobBody(start), secret: '' })).status).toBe(403);
    expect(lines[0]).toMatchObject({ msg: 'webhook secret cannot be read', reason: '/run/secrets/webhook is gone' });
  });
});

describe('the log', () => {
  it('has one warning of a kind a minute, and nothing of the body', async () => {
    const wrong = () => deliver(url, { body: jobBody(start), secret: 'wrong' });
    for (let times = 0; times < 5; times++) await wrong();
    await send('{');
    expect(lines).toMatchObject([
      { level: 40, msg: 'webhook refused', outcome: 'bad_signature', event: 'workflow_job', from: '127.0.0.1' },
      { level: 40, msg: 'webhook refused', outcome: 'malformed' },
    ]);
    await clock.advance(60_000);
    await wrong();
    expect(lines).toHaveLength(3);
    expect(JSON.stringify(lines)).not.toMatch(/homelab|the-webhook-secret/);
    expect(await count('workflow_job', 'bad_signature')).toBe(6);
  });
});

it('counts from nothing what is looked for in an increase', async () => {
  for (const event of ['workflow_job', 'workflow_run']) expect(await count(event, 'accepted')).toBe(0);
  for (const event of ['workflow_job', 'workflow_run', 'ping', 'other']) {
    expect(await count(event, 'bad_signature')).toBe(0);
  }
});

describe('every payload that GitHub published', () => {
  beforeEach(() => {
    // They are from 2019 to 2023.
    clock = Object.assign(clock, { now: () => 0 });
    configure({ enterprises: ['any'] });
  });

  it.each(webhookExamples.map((example, index) => [example.event, example.action, index] as const))(
    '%s %s (%i)',
    async (event, _, index) => {
      const body = JSON.stringify(webhookExamples[index]?.payload);
      const [status, outcome] = await send(body, event);
      if (event === 'ping') expect([status, outcome]).toEqual([200, 'accepted']);
      else expect([status, outcome]).toEqual([202, /^workflow_(job|run)$/.test(event) ? 'accepted' : 'ignored']);
      expect([jobs.length, runs.length]).toEqual([Number(event === 'workflow_job'), Number(event === 'workflow_run')]);
    },
  );
});
