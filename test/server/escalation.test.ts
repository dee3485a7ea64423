import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fingerprint } from '../../src/model/labels.ts';
import { runCli } from '../cli/run-cli.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { createSink } from '../support/sink.ts';

interface Told {
  readonly receiver: string;
  readonly status: string;
  readonly alerts: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
  readonly commonAnnotations: Readonly<Record<string, string>>;
}

function fromStep(receiver: string, status = 'firing') {
  return (body: unknown): body is Told => (body as Told).receiver === receiver && (body as Told).status === status;
}

const labels = { alertname: 'RunnerDown', severity: 'critical', runner: 'a<b' };
const json = { 'content-type': 'application/json' };

interface ChainOptions {
  readonly token?: string;
  readonly rules?: string;
  /** Where what must survive is kept; by default with the server. */
  readonly dataDir?: string;
}

/** A server with a chain of two steps, an hour apart, and who it tells. */
async function startChain({ token, rules, dataDir }: ChainOptions = {}) {
  await using stack = new AsyncDisposableStack();
  const sink = stack.use(await createSink());
  const folder = stack.use(temporaryFolder());
  const file = join(folder.path, 'alertmanager.yml');
  const configs = (name: string) => `{ name: ${name}, webhook_configs: [{ url: "http://127.0.0.1:${sink.port}/" }] }`;
  writeFileSync(
    file,
    `route: { receiver: nobody }\nreceivers: [{ name: nobody }, ${configs('chat')}, ${configs('page')}]\n`,
  );
  if (rules !== undefined) writeFileSync(join(folder.path, 'a.rules.yml'), rules);
  const steps = [
    { after: '0s', receiver: 'chat' },
    { after: '1h', receiver: 'page' },
  ];
  const server = stack.use(
    await startServer({
      settings: {
        rules: { files: rules === undefined ? [] : [join(folder.path, 'a.rules.yml')], evaluation_interval: '1s' },
        ...(dataDir === undefined ? {} : { data_dir: dataDir }),
        external_url: 'http://rw.example:9478/under/',
        alertmanager: { config_file: file, ...(token === undefined ? {} : { token }) },
        escalations: [{ name: 'night', matchers: ['severity="critical"'], steps }],
      },
    }),
  );
  const owned = stack.move();
  async function post(path: string, body: unknown, headers: Readonly<Record<string, string>> = json) {
    return fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  }
  return { ...server, sink, post, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Of an alert that began so many minutes ago. */
async function fire(server: Awaited<ReturnType<typeof startChain>>, minutesAgo: number): Promise<void> {
  const startsAt = new Date(Date.now() - minutesAgo * 60_000).toISOString();
  const annotations = { summary: 'The runner is <down>.' };
  expect((await server.post('/api/v2/alerts', [{ labels, annotations, startsAt }])).status).toBe(200);
}

it('is acknowledged by the link of a notification, with the button and not by looking', {
  timeout: 30_000,
}, async () => {
  await using server = await startChain();
  await fire(server, 1);
  const { commonAnnotations } = await server.sink.waitFor(fromStep('chat'), 10_000);
  const link = new URL(commonAnnotations.acknowledge_url ?? '');
  expect(link.origin + link.pathname).toBe('http://rw.example:9478/under/ack');
  const url = `${server.url}/ack${link.search}`;

  const looked = await fetch(url);
  const page = await looked.text();
  expect([looked.status, looked.headers.get('cache-control')]).toEqual([200, 'no-store']);
  expect(looked.headers.get('referrer-policy')).toBe('no-referrer');
  expect(page).toContain('<h1>Acknowledge alerts</h1>');
  expect(page).toContain('runner=a&lt;b');
  expect(page).toContain('The runner is &lt;down&gt;.');
  expect(page).toContain('<label for="by">Your name</label>');
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
  expect(await held(server.url)).toEqual([]);

  const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) });
  const nameless = await fetch(url, form({ by: ' ', comment: 'kept "so"' }));
  const again = await nameless.text();
  expect(nameless.status).toBe(400);
  expect(again).toContain('role="alert"');
  expect(again).toContain('value="kept &quot;so&quot;"');
  const forged = await fetch(url.replace('chain=night', 'chain=other'), form({ by: 'eve' }));
  expect([forged.status, (await forged.text()).includes('<h1>This link is not valid</h1>')]).toEqual([403, true]);
  expect(await held(server.url)).toEqual([]);

  const pressed = await fetch(url, form({ by: 'me', comment: 'on it' }));
  expect([pressed.status, (await pressed.text()).includes('Acknowledged by me.')]).toEqual([200, true]);
  expect(await held(server.url)).toMatchObject([
    { fingerprint: fingerprint(labels), labels, by: 'me', comment: 'on it' },
  ]);
  expect((await (await fetch(url)).text()).includes('<td>by me on it</td>')).toBe(true);

  const metrics = await server.metrics();
  expect(seriesValue(metrics, 'runnerwatch_acknowledgements')).toBe(1);
  expect(seriesValue(metrics, 'runnerwatch_escalations_total{chain="night",step="1"}')).toBe(1);
  expect(seriesValue(metrics, 'runnerwatch_escalations_total{chain="night",step="2"}')).toBe(0);
  expect((await fetch(`${server.url}/ack`)).status).toBe(403);
});

it('is acknowledged and taken back by the API, over a reload', { timeout: 30_000 }, async () => {
  await using server = await startChain();
  await fire(server, 59);
  await server.sink.waitFor(fromStep('chat'), 10_000);
  const path = '/api/v1/alerts/acknowledge';
  const who = { by: 'me' };
  const refused: readonly (readonly [unknown, number, string])[] = [
    [{ ...who, matchers: ['runner=other'] }, 404, 'found no firing alert of an escalation that matches'],
    [{ ...who, matchers: ['{}'] }, 400, 'matchers: expected at least one'],
    [{ ...who, matchers: ['=x'] }, 400, 'matchers: found "=x"'],
    [{ ...who }, 400, 'expected either matchers or fingerprint'],
    [{ ...who, fingerprint: 'x' }, 400, 'fingerprint: expected the 16 digits of a fingerprint'],
    [{ matchers: ['a=b'] }, 400, 'by: '],
  ];
  for (const [body, status, error] of refused) {
    const answer = await server.post(path, body);
    expect([answer.status, ((await answer.json()) as { error: string }).error.slice(0, error.length)]).toEqual([
      status,
      error,
    ]);
  }
  const body = { ...who, matchers: ['alertname=RunnerDown', 'runner=~"a.*"'] };
  expect((await server.post(path, body, { ...json, origin: 'http://evil.example' })).status).toBe(403);
  expect((await server.post(path, body, { ...json, 'x-forwarded-for': '192.0.2.1' })).status).toBe(403);
  expect((await server.post(path, body, { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await server.post(path, body)).status).toBe(200);
  expect(await server.reload()).toEqual({ ok: true });
  expect(await held(server.url)).toMatchObject([{ fingerprint: fingerprint(labels), by: 'me', comment: '' }]);
  await fire(server, 61);
  const groups = await (await fetch(`${server.url}/api/v2/alerts/groups`)).json();
  expect((groups as Told[]).map(({ receiver }) => receiver)).toEqual([{ name: 'nobody' }]);
  expect(server.sink.bodies).toHaveLength(1);

  const one = `${server.url}${path}/${fingerprint(labels)}`;
  expect((await fetch(one, { method: 'DELETE', headers: { origin: 'http://evil.example' } })).status).toBe(403);
  expect((await fetch(one, { method: 'DELETE' })).status).toBe(200);
  expect((await fetch(one, { method: 'DELETE' })).status).toBe(404);
  await server.reload();
  await fire(server, 61);
  await server.sink.waitFor(fromStep('page'), 10_000);
  expect(await held(server.url)).toEqual([]);
});

it('goes on after a restart, with the links from before', { timeout: 30_000 }, async () => {
  using folder = temporaryFolder();
  const dataDir = join(folder.path, 'data');
  const startsAt = new Date(Date.now() - 61 * 60_000).toISOString();
  let link = '';
  {
    await using before = await startChain({ dataDir });
    expect((await before.post('/api/v2/alerts', [{ labels, startsAt }])).status).toBe(200);
    const chat = await before.sink.waitFor(fromStep('chat'), 10_000);
    await before.sink.waitFor(fromStep('page'), 10_000);
    link = new URL(chat.commonAnnotations.acknowledge_url ?? '').search;
  }
  await using after = await startChain({ dataDir });
  expect((await fetch(`${after.url}/ack${link}`)).status).toBe(404);
  expect((await after.post('/api/v2/alerts', [{ labels, startsAt }])).status).toBe(200);
  const pressed = await fetch(`${after.url}/ack${link}`, { method: 'POST', body: new URLSearchParams({ by: 'me' }) });
  expect(pressed.status).toBe(200);
  const endsAt = new Date().toISOString();
  expect((await after.post('/api/v2/alerts', [{ labels, startsAt, endsAt }])).status).toBe(200);
  expect(await held(after.url)).toEqual([]);
  expect(after.sink.bodies).toEqual([]);
});

it('asks a program for the token where there is one, and whoever has a link for nothing more', {
  timeout: 30_000,
}, async () => {
  await using server = await startChain({ token: 'the-token' });
  const authorized = { ...json, authorization: 'Bearer the-token' };
  const alerts = [{ labels }];
  expect((await server.post('/api/v2/alerts', alerts, authorized)).status).toBe(200);
  const { commonAnnotations } = await server.sink.waitFor(fromStep('chat'), 10_000);
  const body = { by: 'me', fingerprint: fingerprint(labels) };
  expect((await server.post('/api/v1/alerts/acknowledge', body)).status).toBe(401);
  expect((await server.post('/api/v1/alerts/acknowledge', body, authorized)).status).toBe(200);
  const url = `${server.url}/ack${new URL(commonAnnotations.acknowledge_url ?? '').search}`;
  expect((await fetch(url, { method: 'POST', body: new URLSearchParams({ by: 'you' }) })).status).toBe(200);
  expect(await held(server.url)).toMatchObject([{ by: 'you' }]);
});

it('is acknowledged on the command line', { timeout: 60_000 }, async () => {
  await using server = await startChain({ token: 'the-token' });
  using folder = temporaryFolder({ token: 'the-token\n' });
  const { alertname } = labels;
  const fired = await server.post('/api/v2/alerts', [{ labels, startsAt: '2026-01-01T00:00:00Z' }], {
    ...json,
    authorization: 'Bearer the-token',
  });
  expect(fired.status).toBe(200);
  const ack = (...args: readonly string[]) => runCli(['alerts', 'ack', ...args, '--url', server.url]);
  const token = ['--token-file', join(folder.path, 'token')];
  const [stranger, nobody, unknown] = await Promise.all([
    ack(alertname, '--by', 'me'),
    ack(alertname, ...token),
    ack('Other', '--by', 'me', ...token),
  ]);
  expect([stranger.code, stranger.err]).toEqual([
    1,
    'runnerwatch: send the token of alertmanager.token as bearer token\n',
  ]);
  expect([nobody.code, nobody.err]).toEqual([2, 'runnerwatch: say who acknowledges with --by NAME\n']);
  expect([unknown.code, unknown.err]).toEqual([
    1,
    'runnerwatch: found no firing alert of an escalation that matches\n',
  ]);
  expect(await held(server.url)).toEqual([]);
  const taken = await ack(alertname, 'severity=critical', '--by', 'me', '--comment', 'on it', ...token);
  expect(taken).toEqual({
    code: 0,
    err: '',
    out: `ALERT       SINCE                     LABELS                        BY
RunnerDown  2026-01-01T00:00:00.000Z  severity=critical runner=a<b  me
`,
  });
  expect(await held(server.url)).toMatchObject([{ by: 'me', comment: 'on it' }]);
});

it('is shown where its alert is', { timeout: 60_000 }, async () => {
  const rules = 'groups: [{ name: g, rules: [{ alert: Down, expr: vector(1), labels: { severity: critical } }] }]';
  await using server = await startChain({ rules });
  await server.sink.waitFor(fromStep('chat'), 30_000);
  const body = { by: 'me', matchers: ['alertname=Down'] };
  expect((await server.post('/api/v1/alerts/acknowledge', body)).status).toBe(200);
  const { data } = (await (await fetch(`${server.url}/api/v1/alerts`)).json()) as { data: { alerts: unknown[] } };
  expect(data.alerts).toMatchObject([{ labels: { alertname: 'Down' }, state: 'firing', acknowledgedBy: 'me' }]);
  expect(await (await fetch(server.url)).text()).toContain('firing, acknowledged by me');
});

interface Shown {
  readonly data: { readonly acknowledgements: readonly unknown[] };
}

async function held(url: string): Promise<readonly unknown[]> {
  return ((await (await fetch(`${url}/api/v1/alerts/acknowledge`)).json()) as Shown).data.acknowledgements;
}
