import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createGithubEmulator, type GithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { createSink } from '../support/sink.ts';
import { waitUntil } from '../support/wait.ts';
import { deliver, jobBody } from '../support/webhooks.ts';

const secret = 'the-webhook-secret';
const repository = 'octo/homelab';
type Server = Awaited<ReturnType<typeof startServer>>;

let github: GithubEmulator;
let folder: ReturnType<typeof temporaryFolder>;

beforeEach(async () => {
  // GitHub tells whole seconds: what ends in the second of the server's start would count as before it.
  github = await createGithubEmulator({ clock: { now: () => Date.now() + 1000 } });
  github.addRunner({ scope: repository, name: 'homelab-1', labels: ['self-hosted', 'linux'], status: 'online' });
  folder = temporaryFolder({ secret });
});
afterEach(async () => {
  await github[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Where nothing polls for an hour, only a webhook can have told. */
function settings(queueInterval: string, further: object = {}) {
  return {
    docker: { host: 'unix:///nonexistent/docker.sock' },
    github: {
      api_url: github.url,
      token: TEST_TOKEN,
      repositories: [repository],
      webhook_secret_file: join(folder.path, 'secret'),
    },
    collectors: { 'github-queue': { interval: queueInterval }, 'github-pipelines': { interval: '1h' } },
    ...further,
  };
}

async function shows(server: Server, series: string, value: number | undefined, timeoutMs: number): Promise<void> {
  let last = '';
  const holds = async () => {
    last = await server.metrics();
    return seriesValue(last, series) === value;
  };
  const github = () => last.split('\n').filter((line) => line.startsWith('github_'));
  await waitUntil(holds, { timeoutMs, what: () => `${series} ${value} in\n${github().join('\n')}` });
}

/** Both have asked GitHub once. */
async function ready(server: Server): Promise<void> {
  for (const collector of ['github-runners', 'github-queue', 'github-pipelines']) {
    await shows(server, `runnerwatch_collector_success{collector="${collector}"}`, 1, 10_000);
  }
}

const starved = (labels: string, missing: string) =>
  `github_jobs_starved{repository="${repository}",labels="${labels}",missing="${missing}"}`;
const queued = (labels: string) => `github_jobs{repository="${repository}",labels="${labels}",status="queued"}`;
const polls = () => github.requests().filter(({ path }) => path.includes('/actions/runs')).length;

describe('a webhook', () => {
  it('shows a job that nobody can take within a second, and its alert fires, without any poll', async () => {
    await using sink = await createSink();
    const write = (name: string, content: unknown): string => {
      writeFileSync(join(folder.path, name), stringify(content));
      return join(folder.path, name);
    };
    const rules = { groups: [{ name: 'g', rules: [{ alert: 'Starved', expr: 'github_jobs_starved > 0' }] }] };
    const receivers = [{ name: 'hook', webhook_configs: [{ url: `http://127.0.0.1:${sink.port}` }] }];
    await using server = await startServer({
      settings: settings('1h', {
        rules: { files: [write('a.rules.yml', rules)], evaluation_interval: '1h' },
        alertmanager: {
          config_file: write('alertmanager.yml', { route: { receiver: 'hook', group_wait: '0s' }, receivers }),
        },
      }),
    });
    await ready(server);
    github.subscribe({ url: `${server.url}/webhooks/github`, secret });
    const asked = polls();
    github.addRun({ repository, jobs: [{ labels: ['self-hosted', 'gpu'] }] });
    await github.delivered();
    await shows(server, starved('gpu,self-hosted', 'gpu'), 1, 1000);
    await shows(server, queued('gpu,self-hosted'), 1, 1000);
    type Told = { readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[] };
    const told = await sink.waitFor((body): body is Told => typeof body === 'object', 5000);
    expect(told.alerts.map(({ labels }) => labels)).toMatchObject([{ alertname: 'Starved', missing: 'gpu' }]);
    expect(polls()).toBe(asked);
    expect(github.deliveries().map(({ event, action, status }) => [event, action, status])).toEqual([
      ['workflow_run', 'requested', 202],
      ['workflow_job', 'queued', 202],
    ]);
  }, 30_000);

  it('tells a job from its queue to its end', async () => {
    await using server = await startServer({ settings: settings('1h') });
    await ready(server);
    github.subscribe({ url: `${server.url}/webhooks/github`, secret });
    const run = github.addRun({ repository, jobs: [{ labels: ['self-hosted', 'gpu'] }] });
    await github.delivered();
    await shows(server, queued('gpu,self-hosted'), 1, 1000);
    const [job] = github.runs().find(({ id }) => id === run.id)?.jobs ?? [];
    const id = job?.id ?? 0;
    github.startJob(id, 'homelab-2');
    await github.delivered();
    await shows(server, queued('gpu,self-hosted').replace('queued', 'in_progress'), 1, 1000);
    github.completeJob(id, 'success');
    await github.delivered();
    const ran = `github_job_run_seconds_count{repository="${repository}",labels="gpu,self-hosted",conclusion="success"}`;
    await shows(server, ran, 1, 1000);
    const ended = `github_workflow_runs_total{repository="${repository}",workflow="CI",branch="default",conclusion="success"}`;
    await shows(server, ended, 1, 1000);
    // A second delivery of it all changes nothing.
    github.redeliver();
    await github.delivered();
    await shows(server, ran, 1, 1000);
    await shows(server, ended, 1, 1000);
    // Nor does a reload.
    expect(await server.reload()).toEqual({ ok: true });
    await shows(server, ran, 1, 5000);
    await shows(server, ended, 1, 5000);
  }, 30_000);

  it('that was missed is healed by the next poll', async () => {
    await using server = await startServer({ settings: settings('2s') });
    await ready(server);
    const { unsubscribe } = github.subscribe({ url: `${server.url}/webhooks/github`, secret });
    const { id } = github.addRun({ repository, jobs: [{ labels: ['self-hosted', 'gpu'] }] });
    await github.delivered();
    await shows(server, starved('gpu,self-hosted', 'gpu'), 1, 1000);
    unsubscribe();
    github.addRun({ repository, jobs: [{ labels: ['self-hosted', 'arm'] }] });
    github.cancelRun(id);
    await shows(server, starved('arm,self-hosted', 'arm'), 1, 15_000);
    await shows(server, starved('gpu,self-hosted', 'gpu'), undefined, 15_000);
  }, 60_000);

  it('comes two hundred times at once, and each job is there once', async () => {
    await using server = await startServer({ settings: settings('1h') });
    await ready(server);
    const at = new Date().toISOString();
    const bodies = Array.from({ length: 200 }, (_, index) => jobBody(at, { id: 9000 + index }));
    const statuses = await Promise.all(
      bodies.map(async (body) => (await deliver(server.url, { body, secret })).status),
    );
    expect(new Set(statuses)).toEqual(new Set([202]));
    await shows(server, queued('gpu,self-hosted'), 200, 1000);
  }, 30_000);

  it('is shown where GitHub is never asked, over a reload too', async () => {
    const { github: access, ...others } = settings('1s');
    await using server = await startServer({ settings: { ...others, github: { ...access, token: undefined } } });
    const at = new Date().toISOString();
    expect((await deliver(server.url, { body: jobBody(at, { id: 1 }), secret })).status).toBe(202);
    await shows(server, queued('gpu,self-hosted'), 1, 1000);
    expect(await server.reload()).toEqual({ ok: true });
    await shows(server, queued('gpu,self-hosted'), 1, 5000);
    expect(polls()).toBe(0);
  }, 30_000);

  it('is signed with a new secret while the server runs', async () => {
    await using server = await startServer({ settings: settings('1h') });
    const file = join(folder.path, 'secret');
    const at = new Date().toISOString();
    const statusWith = async (used: string, id: number) =>
      (await deliver(server.url, { body: jobBody(at, { id }), secret: used })).status;
    expect([await statusWith(secret, 1), await statusWith('next', 2)]).toEqual([202, 401]);
    writeFileSync(file, `next\n${secret}\n`);
    expect([await statusWith(secret, 3), await statusWith('next', 4)]).toEqual([202, 202]);
    writeFileSync(file, 'next\n');
    expect([await statusWith(secret, 5), await statusWith('next', 6)]).toEqual([401, 202]);
    const refused = 'runnerwatch_webhook_events_total{event="workflow_job",outcome="bad_signature"}';
    expect(seriesValue(await server.metrics(), refused)).toBe(2);
  });
});
