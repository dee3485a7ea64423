import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startDockerd } from '../support/dockerd.ts';
import { createGithubEmulator } from '../support/github-emulator/index.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';

const scope = 'octo/homelab';
const runner = 'homelab-1';
const quick = { interval: '1s', timeout: '5s' };
const json = { 'content-type': 'application/json' };
const bearer = { ...json, authorization: 'Bearer sesame' };
const recovery = { token: 'sesame', backoff: { first: '0s' }, verify_timeout: '20s' };

type Server = Awaited<ReturnType<typeof startServer>>;

async function post({ url }: Server, path: string, body: unknown, headers: Record<string, string> = bearer) {
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { ...((await answer.json()) as { data?: unknown; error?: string }), status: answer.status };
}

async function why({ url }: Server, name = runner) {
  const answer = await fetch(`${url}/api/v1/runners/why?runner=${name}`);
  return { ...((await answer.json()) as { data?: Record<string, unknown>; error?: string }), status: answer.status };
}

function ask(server: Server) {
  const alerts = [{ status: 'firing', labels: { alertname: 'Asked', runner } }];
  return post(server, '/api/v1/recover', { version: '4', alerts });
}

describe('what people ask of recovery', () => {
  it('is told to all, and changed only by who has the token', async () => {
    await using server = await startServer({ settings: { recovery, collectors: {}, rules: { files: [] } } });
    expect(await why(server)).toMatchObject({ status: 404, error: 'found no runner that is called "homelab-1"' });
    expect(await why(server, '')).toMatchObject({ status: 400 });
    const path = '/api/v1/runners/pause';
    expect((await post(server, path, { all: true, by: 'me' }, json)).status).toBe(401);
    expect((await post(server, path, { all: true, by: 'me' }, { ...bearer, origin: 'http://evil' })).status).toBe(403);
    for (const body of [{ by: 'me' }, { runner, all: true, by: 'me' }, { runner, by: 'me', for: 'long' }, { runner }]) {
      expect(await post(server, path, body)).toMatchObject({ status: 400 });
    }
    expect(await post(server, path, { runner, by: 'me', reason: 'backup', for: '30m' })).toMatchObject({
      data: { known: false, until: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
    expect(await why(server)).toMatchObject({
      data: { holds: [{ runner, by: 'me', reason: 'backup' }], next: { reason: 'it is paused by me: backup' } },
    });
    const paused = `runnerwatch_recovery_paused{runner="${runner}"}`;
    expect(seriesValue(await server.metrics(), paused)).toBe(1);
    expect(seriesValue(await server.metrics(), 'runnerwatch_recovery_enabled')).toBe(1);
    await post(server, path, { all: true, by: 'me' });
    expect(seriesValue(await server.metrics(), 'runnerwatch_recovery_enabled')).toBe(0);
    expect(await ask(server)).toMatchObject({
      data: { decisions: [{ outcome: 'disabled', reason: 'all of recovery is paused by me' }] },
    });
    expect(await post(server, '/api/v1/runners/release', { all: true, by: 'me' })).toMatchObject({
      data: { pause: true },
    });
    expect(await post(server, '/api/v1/runners/release', { runner, by: 'me' })).toMatchObject({
      data: { pause: true, quarantine: false, ladder: false },
    });
    expect(await post(server, '/api/v1/runners/release', { runner, by: 'me' })).toMatchObject({
      data: { pause: false },
    });
    expect(seriesValue(await server.metrics(), paused)).toBeUndefined();
  });

  it('is that nothing is healed, where a file in the data directory says so', async () => {
    await using server = await startServer({ settings: { recovery, rules: { files: [] } } });
    expect(await ask(server)).toMatchObject({ data: { decisions: [{ outcome: 'unknown' }] } });
    writeFileSync(join(server.folder, 'data', 'recovery-off'), '');
    expect(await ask(server)).toMatchObject({ data: { decisions: [{ outcome: 'disabled' }] } });
    expect(seriesValue(await server.metrics(), 'runnerwatch_recovery_enabled')).toBe(0);
  });
});

/** Its health check is well until the file is gone, which a start brings back. */
const life = 'touch /tmp/well; while :; do sleep 1; done';
const healthCheck = ['--health-cmd', 'test -e /tmp/well', '--health-interval', '1s', '--health-retries', '1'];

describe.skipIf(needs('docker'))('recovery', () => {
  it('heals a runner by its ladder, tells why, and goes on after a restart of its own', async () => {
    await using dockerd = await startDockerd();
    dockerd.importBusybox();
    await using github = await createGithubEmulator({ tokens: { token: {} } });
    const { id } = github.addRunner({ scope, name: runner, labels: ['self-hosted'], status: 'online' });
    const label = `runnerwatch.runner=${runner}`;
    dockerd.docker(
      ...['run', '-d', '--init', '--name', 'one', '--label', label, '--network', 'none', ...healthCheck],
      ...['busybox:stable', 'sh', '-c', life],
    );
    using folder = temporaryFolder();
    const settings = {
      data_dir: join(folder.path, 'data'),
      docker: { host: `unix://${dockerd.socket}` },
      github: { api_url: github.url, token: 'token', repositories: [scope] },
      collectors: { 'container-health': quick, 'github-runners': quick, path: { enabled: false } },
      rules: { files: [] },
      recovery: { ...recovery, grace: '5s' },
    };
    const startedAt = () => dockerd.docker('inspect', '--format', '{{.State.StartedAt}}', 'one');
    const until = async (server: Server, verdict: string) => {
      let last: unknown;
      const holds = async () => {
        last = (await why(server)).data?.judged;
        return (last as { verdict?: string } | undefined)?.verdict === verdict;
      };
      await waitUntil(holds, { timeoutMs: 30_000, what: () => `${verdict} in ${JSON.stringify(last)}` });
    };
    const before = startedAt();
    {
      await using server = await startServer({ settings });
      await until(server, 'healthy');
      expect(await ask(server)).toMatchObject({ data: { decisions: [{ action: 'none', outcome: 'recovered' }] } });
      dockerd.docker('exec', 'one', 'rm', '/tmp/well');
      await until(server, 'unhealthy');
      github.setRunner(id, { busy: true });
      // GitHub's own word, though the last look said idle.
      expect(await ask(server)).toMatchObject({ data: { decisions: [{ outcome: 'busy' }] } });
      expect(startedAt()).toBe(before);
      github.setRunner(id, { busy: false });
      await until(server, 'unhealthy');
      expect(await ask(server)).toMatchObject({ data: { decisions: [{ action: 'restart', outcome: 'started' }] } });
      await until(server, 'healthy');
      expect(startedAt()).not.toBe(before);
      const succeeded = 'runnerwatch_recoveries_total{action="restart",outcome="succeeded"}';
      const counted = async () => seriesValue(await server.metrics(), succeeded) === 1;
      await waitUntil(counted, { timeoutMs: 30_000, what: () => 'a recovery that succeeded' });
      const metrics = await server.metrics();
      expect(seriesValue(metrics, 'runnerwatch_recovery_detect_seconds_count{verdict="unhealthy"}')).toBe(1);
      expect(seriesValue(metrics, 'runnerwatch_recovery_duration_seconds_count{verdict="unhealthy"}')).toBe(1);
      expect((await why(server)).data).toMatchObject({
        budget: { left: 2, of: 3, totalLeft: 5, totalOf: 6 },
        decisions: [{ outcome: 'started' }, { outcome: 'busy' }, { outcome: 'recovered' }],
      });
      // From here on a restart does not help: it is stopped in the middle of the proof.
      dockerd.docker('exec', 'one', 'sh', '-c', 'rm /tmp/well; ln -s /nowhere/well /tmp/well');
      await until(server, 'unhealthy');
      expect(await ask(server)).toMatchObject({ data: { decisions: [{ action: 'restart', outcome: 'started' }] } });
    }
    await using server = await startServer({ settings });
    await until(server, 'unhealthy');
    github.setRunner(id, { status: 'offline' });
    expect((await why(server)).data).toMatchObject({
      steps: [{ step: 'restart', outcome: 'interrupted' }, { step: 'reregister' }, { step: 'page' }],
      next: { step: 'reregister' },
    });
    expect(await ask(server)).toMatchObject({ data: { decisions: [{ action: 'reregister', outcome: 'started' }] } });
    const isTakenOut = async () => github.runners().length === 0;
    await waitUntil(isTakenOut, { timeoutMs: 30_000, what: () => 'a registration that was taken out' });
  }, 240_000);

  it('cordons, uncordons and drains a runner, which is stopped on purpose then', async () => {
    await using dockerd = await startDockerd();
    dockerd.importBusybox();
    await using github = await createGithubEmulator({ tokens: { token: {} } });
    const { id } = github.addRunner({ scope, name: runner, labels: ['self-hosted', 'gpu'], status: 'online' });
    const label = `runnerwatch.runner=${runner}`;
    dockerd.docker(
      ...['run', '-d', '--init', '--name', 'one', '--label', label, '--network', 'none', ...healthCheck],
      ...['busybox:stable', 'sh', '-c', life],
    );
    await using server = await startServer({
      settings: {
        docker: { host: `unix://${dockerd.socket}` },
        github: { api_url: github.url, token: 'token', repositories: [scope] },
        collectors: { 'container-health': quick, 'github-runners': quick, path: { enabled: false } },
        rules: { files: [] },
        recovery: { ...recovery, grace: '5s' },
      },
    });
    const labels = () => github.runners()[0]?.labels;
    const asked = { runner, by: 'me' };
    const verb = (name: string, body: object = asked) => post(server, `/api/v1/runners/${name}`, body);
    expect(await verb('uncordon')).toMatchObject({ data: { isAnother: false } });
    expect(await verb('cordon')).toMatchObject({ status: 200, data: { labels: ['gpu'] } });
    expect(labels()).toEqual(['self-hosted']);
    const cordoned = `runnerwatch_runner_cordoned{runner="${runner}"}`;
    expect(seriesValue(await server.metrics(), cordoned)).toBe(1);
    expect(await why(server)).toMatchObject({ data: { cordons: [{ by: 'me', purpose: 'person', labels: ['gpu'] }] } });
    expect(await verb('uncordon')).toMatchObject({ data: { given: ['gpu'] } });
    expect(labels()).toEqual(['self-hosted', 'gpu']);
    expect(await verb('cordon', { runner: 'nobody', by: 'me' })).toMatchObject({ status: 409 });
    const begun = await verb('drain', { ...asked, timeout: '1m' });
    expect(begun).toMatchObject({ status: 200, data: { state: 'draining', since: expect.stringMatching(/Z$/) } });
    const ended = async () => {
      const answer = await fetch(`${server.url}/api/v1/runners/drain?runner=${runner}`);
      return ((await answer.json()) as { data: { state: string } }).data;
    };
    const isDrained = async () => (await ended()).state === 'drained';
    await waitUntil(isDrained, { timeoutMs: 60_000, what: () => 'a runner that is drained' });
    expect(dockerd.docker('inspect', '--format', '{{.State.Running}}', 'one')).toContain('false');
    expect(labels()).toEqual(['self-hosted', 'gpu']);
    github.setRunner(id, { status: 'offline' });
    const isStopped = async () =>
      ((await why(server)).data?.judged as { verdict?: string } | undefined)?.verdict === 'stopped';
    await waitUntil(isStopped, { timeoutMs: 30_000, what: () => 'a verdict that it is stopped' });
    expect(await ask(server)).toMatchObject({ data: { decisions: [{ outcome: 'stopped' }] } });
  }, 120_000);
});
