import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startDockerd } from '../support/dockerd.ts';
import { createGithubEmulator } from '../support/github-emulator/index.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { freePort, needs } from '../support/services.ts';
import { createSink } from '../support/sink.ts';
import { root } from '../support/tree.ts';
import { waitUntil } from '../support/wait.ts';

const repository = 'octo/homelab';
const runner = 'homelab-1';
const quick = { interval: '1s', timeout: '5s' };
const collectors = { 'github-runners': quick, 'github-credentials': quick };
const valid = 'github_credential_valid{credential="token"}';

type Server = Awaited<ReturnType<typeof startServer>>;

async function shows(server: Server, series: string, value: number | undefined, timeoutMs = 15_000): Promise<void> {
  let last = '';
  const holds = async () => {
    last = await server.metrics();
    return seriesValue(last, series) === value;
  };
  await waitUntil(holds, { timeoutMs, what: () => `${series} ${value} in\n${last}` });
}

interface Alert {
  readonly state: string;
  readonly activeAt: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Fires, and has been active for so long. */
async function fires(server: Server, alertname: string, forMs = 0): Promise<void> {
  let alerts: readonly Alert[] = [];
  const firing = async () => {
    const answer = await (await fetch(`${server.url}/api/v1/alerts`)).json();
    alerts = (answer as { readonly data: { readonly alerts: readonly Alert[] } }).data.alerts;
    return alerts.some(
      ({ state, labels, activeAt }) =>
        state === 'firing' && labels.alertname === alertname && Date.parse(activeAt) <= Date.now() - forMs,
    );
  };
  await waitUntil(firing, { timeoutMs: 15_000, what: () => `${alertname} among ${JSON.stringify(alerts)}` });
}

it('a token that is replaced in its file is used by the next poll', async () => {
  await using github = await createGithubEmulator({ tokens: { first: {}, second: {} } });
  using folder = temporaryFolder({ token: 'first\n' });
  const token_file = join(folder.path, 'token');
  await using server = await startServer({
    settings: {
      docker: { host: 'unix:///nonexistent/docker.sock' },
      github: { api_url: github.url, token_file, repositories: [repository] },
      collectors,
    },
  });
  await shows(server, valid, 1);
  expect(github.charged('first')).toBeGreaterThan(0);
  expect(github.charged('second')).toBe(0);

  writeFileSync(token_file, 'second\n');
  await waitUntil(() => github.charged('second') > 0, { timeoutMs: 5000, what: () => 'a call with the second token' });
  const before = github.charged('first');
  github.revokeToken('first');
  const asked = github.requests().length;
  await waitUntil(() => github.requests().length > asked + 5, { timeoutMs: 10_000, what: () => 'further calls' });
  expect(github.charged('first')).toBe(before);
  expect(github.requests().filter(({ status }) => status === 401)).toEqual([]);
  await shows(server, valid, 1);
  await shows(server, `github_scope_success{scope="${repository}"}`, 1);
}, 60_000);

/** As shipped, but for where it delivers to. */
function shippedRouting(port: number, sink: number, tokenFile: string): string {
  return readFileSync(join(root, 'prometheus/alertmanager.yml'), 'utf8')
    .replace('http://runnerwatch:9478/', `http://127.0.0.1:${port}/`)
    .replace('/run/secrets/recovery_token', tokenFile)
    .replace(
      '- name: notifications\n',
      `- name: notifications\n    webhook_configs: [{ url: "http://127.0.0.1:${sink}" }]\n`,
    )
    .replaceAll(/group_wait: \w+/g, 'group_wait: 0s')
    .replaceAll(/group_interval: \w+/g, 'group_interval: 1s');
}

const decided = (outcome: string, action = 'restart') =>
  `runnerwatch_recoveries_total{action="${action}",outcome="${outcome}"}`;
/** Its health check tells no facts: only GitHub could say that it is idle. */
const doubt = 'GitHub does not say whether it works on a job';

/** What an Alertmanager would send for the alert. */
async function askRecovery(server: Server, alertname: string): Promise<unknown> {
  const alert = { status: 'firing', labels: { alertname, runner, recovery: 'restart' }, annotations: {} };
  const rest = { startsAt: '2026-01-01T00:00:00Z', endsAt: '0001-01-01T00:00:00Z', generatorURL: '', fingerprint: 'f' };
  const body = { version: '4', groupKey: 'g', status: 'firing', receiver: 'recovery', alerts: [{ ...alert, ...rest }] };
  const common = { groupLabels: {}, commonLabels: {}, commonAnnotations: {}, externalURL: '', truncatedAlerts: 0 };
  const headers = { authorization: 'Bearer the-recovery-token', 'content-type': 'application/json' };
  const request = { method: 'POST', headers, body: JSON.stringify({ ...body, ...common }) };
  return (await fetch(`${server.url}/api/v1/recover`, request)).json();
}

const toldAlerts = (bodies: readonly unknown[]): readonly string[] =>
  (bodies as readonly { readonly alerts: readonly Alert[] }[]).flatMap(({ alerts }) =>
    alerts.map(({ labels }) => labels.alertname ?? ''),
  );

describe.skipIf(needs('docker'))('a token that ended', () => {
  it('raises its alert, and no runner is restarted until GitHub takes another', async () => {
    await using dockerd = await startDockerd();
    dockerd.importBusybox();
    const health = ['--health-cmd', 'test -e /tmp/well', '--health-interval', '1s', '--health-retries', '2'];
    const options = ['--name', 'one', '--label', `runnerwatch.runner=${runner}`, '--network', 'none', ...health];
    dockerd.docker(
      'run',
      '-d',
      ...options,
      'busybox:stable',
      'sh',
      '-c',
      'touch /tmp/well; trap exit TERM; sleep 999 & wait',
    );

    const ends = Date.now() + 15_000;
    await using github = await createGithubEmulator({ tokens: { old: { expires: ends } } });
    github.addRunner({ scope: repository, name: runner, labels: ['self-hosted'], status: 'online' });
    await using sink = await createSink();
    using folder = temporaryFolder({ token: 'old', recovery: 'the-recovery-token' });
    const file = (name: string) => join(folder.path, name);
    const port = await freePort();
    writeFileSync(file('alertmanager.yml'), shippedRouting(port, sink.port, file('recovery')));
    const rules = ['github', 'runners'].map((name) => join(root, `prometheus/rules/${name}.rules.yml`));
    await using server = await startServer({
      settings: {
        listen: `127.0.0.1:${port}`,
        docker: { host: `unix://${dockerd.socket}` },
        github: { api_url: github.url, token_file: file('token'), repositories: [repository] },
        collectors,
        recovery: { token_file: file('recovery'), grace: '2s' },
        rules: { files: rules, evaluation_interval: '1s' },
        alertmanager: { config_file: file('alertmanager.yml') },
      },
    });
    await shows(server, valid, 1);
    const end = seriesValue(
      await server.metrics(),
      'github_credential_expiration_timestamp_seconds{credential="token"}',
    );
    expect(end).toBe(Math.floor(ends / 1000));
    await shows(server, `runnerwatch_runner_verdict{runner="${runner}",verdict="healthy"}`, 1);

    await shows(server, valid, 0, 30_000);
    await fires(server, 'GithubCredentialRefused');
    await sink.waitFor((body): body is unknown => toldAlerts([body]).includes('GithubCredentialRefused'), 10_000);
    // GitHub does not say: the runner is not offline.
    expect(seriesValue(await server.metrics(), `runnerwatch_runner_verdict{runner="${runner}",verdict="zombie"}`)).toBe(
      0,
    );

    dockerd.docker('exec', 'one', 'rm', '/tmp/well');
    // Four times as long as it takes to be routed.
    await fires(server, 'RunnerContainerUnhealthy', 4000);
    for (const alertname of ['RunnerOffline', 'RunnerContainerUnhealthy']) {
      expect(await askRecovery(server, alertname)).toMatchObject({
        data: {
          decisions: [{ runner, action: 'none', outcome: 'unknown', reason: expect.stringContaining(doubt) }],
        },
      });
    }
    const metrics = await server.metrics();
    // Those two, and none that the shipped routing asked for.
    expect(seriesValue(metrics, decided('unknown', 'none'))).toBe(2);
    expect(seriesValue(metrics, decided('started')) ?? 0).toBe(0);
    expect(toldAlerts(sink.bodies)).not.toContain('RunnerContainerUnhealthy');

    github.addToken('new', {});
    writeFileSync(file('token'), 'new');
    await shows(server, valid, 1);
    await shows(server, decided('started'), 1, 30_000);
    await shows(server, decided('succeeded'), 1, 30_000);
    expect(seriesValue(await server.metrics(), decided('unknown', 'none'))).toBe(2);
  }, 120_000);
});
