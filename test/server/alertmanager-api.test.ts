import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rfc3339, systemClock } from '../../src/lib/clock.ts';
import { startAlertmanager, startPrometheus, temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { needs } from '../support/services.ts';
import { createSink } from '../support/sink.ts';

const json = { 'content-type': 'application/json' };
const settings = { rules: { files: [] } };

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = json): Promise<number> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (await fetch(url, { method: 'POST', headers, body: text })).status;
}

const hour = 3_600_000;
const ends = rfc3339(systemClock.now() + hour);
const silence = {
  matchers: [{ name: 'alertname', value: 'A', isRegex: false }],
  startsAt: rfc3339(systemClock.now() - hour),
  endsAt: ends,
  createdBy: 'me',
  comment: 'why',
};
const { endsAt: _, ...endless } = silence;

/** Requests that both answer with the same status. */
const requests: readonly (readonly [string, string, unknown, number])[] = [
  ['alerts', 'an alert', [{ labels: { alertname: 'A', empty: '' } }], 200],
  ['alerts', 'no alerts', [], 200],
  ['alerts', 'an alert that is over', [{ labels: { alertname: 'B' }, endsAt: '2026-01-01T00:00:00Z' }], 200],
  ['alerts', "Go's zero times", [{ labels: { a: 'b' }, startsAt: '0001-01-01T00:00:00.000Z' }], 200],
  ['alerts', 'a good one beside a bad one', [{ labels: { alertname: 'Good' } }, { labels: {} }], 400],
  ['alerts', 'only empty labels', [{ labels: { a: '' } }], 400],
  ['alerts', 'an end before the start', [{ labels: { a: 'b' }, startsAt: ends, endsAt: '2026-01-01T00:00:00Z' }], 400],
  ['alerts', 'no labels', [{ annotations: { a: 'b' } }], 422],
  ['alerts', 'a URL that is none', [{ labels: { a: 'b' }, generatorURL: 'not a url' }], 422],
  ['alerts', 'no JSON', 'x', 400],
  ['silences', 'a silence', silence, 200],
  ['silences', 'no matchers', { ...silence, matchers: [] }, 422],
  ['silences', 'no end', endless, 422],
  [
    'silences',
    'an end in the past',
    { ...silence, startsAt: '2025-01-01T00:00:00Z', endsAt: '2025-01-02T00:00:00Z' },
    400,
  ],
  ['silences', 'an end before the start', { ...silence, endsAt: '2025-01-02T00:00:00Z' }, 400],
  ['silences', 'a bad pattern', { ...silence, matchers: [{ name: 'a', value: '(', isRegex: true }] }, 400],
  [
    'silences',
    'nothing but the empty string',
    { ...silence, matchers: [{ name: 'a', value: '', isRegex: false }] },
    400,
  ],
  ['silences', 'an id that is not there', { ...silence, id: '7b6b1c1e-6b0e-4b57-8d3e-0a3f7a0e3b11' }, 404],
];

describe.skipIf(needs('alertmanager'))('what is posted', () => {
  it('is answered with the status of a real Alertmanager', async () => {
    await using ours = await startServer({ settings });
    await using real = await startAlertmanager({ configText: 'route: { receiver: a }\nreceivers: [{ name: a }]\n' });
    const seen = await Promise.all(
      requests.map(async ([path, what, body]) => {
        const [here, there] = [`${ours.url}/api/v2/${path}`, `${real.url}/api/v2/${path}`];
        return [path, what, await post(here, body), await post(there, body)];
      }),
    );
    expect(seen).toEqual(requests.map(([path, what, , status]) => [path, what, status, status]));
    const names = async (url: string): Promise<unknown> =>
      ((await (await fetch(`${url}/api/v2/alerts`)).json()) as { labels: unknown }[]).map(({ labels }) => labels);
    expect(await names(ours.url)).toEqual(await names(real.url));
    for (const query of ['filter=a', 'receiver=(', 'filter=a%3D~%22(%22']) {
      const statuses = [ours, real].map(async ({ url }) => (await fetch(`${url}/api/v2/alerts?${query}`)).status);
      expect(await Promise.all(statuses)).toEqual([400, 400]);
    }
  });
});

describe('who may post', () => {
  const alerts = [{ labels: { alertname: 'A' } }];

  it('is this machine alone without a token, and no page of another origin', async () => {
    await using server = await startServer({ settings: { ...settings, external_url: 'http://rw.example:9478' } });
    const url = `${server.url}/api/v2/alerts`;
    expect(await post(url, alerts)).toBe(200);
    expect(await post(url, alerts, { ...json, origin: 'http://rw.example:9478' })).toBe(200);
    expect(await post(url, alerts, { ...json, origin: 'http://evil.example' })).toBe(403);
    expect(await post(url, alerts, { ...json, origin: 'null' })).toBe(403);
    expect(await post(url, alerts, { ...json, 'x-forwarded-for': '192.0.2.1' })).toBe(403);
    expect(await post(url, alerts, { 'content-type': 'text/plain' })).toBe(415);
    expect(await post(url, alerts, { 'content-type': 'application/x-www-form-urlencoded' })).toBe(415);
    const silences = `${server.url}/api/v2/silence/7b6b1c1e-6b0e-4b57-8d3e-0a3f7a0e3b11`;
    const headers = { origin: 'http://evil.example' };
    expect((await fetch(silences, { method: 'DELETE', headers })).status).toBe(403);
    expect((await fetch(silences, { method: 'DELETE' })).status).toBe(404);
  });

  it('is whoever brings the token, where there is one', async () => {
    const alertmanager = { token: 'the-token' };
    await using server = await startServer({ settings: { ...settings, alertmanager } });
    const url = `${server.url}/api/v2/alerts`;
    expect(await post(url, alerts)).toBe(401);
    expect(await post(url, alerts, { ...json, authorization: 'Bearer other' })).toBe(401);
    expect(await post(url, alerts, { ...json, authorization: 'Bearer the-token', 'x-forwarded-for': 'a' })).toBe(200);
    expect((await fetch(url)).status).toBe(200);
  });

  it('is nobody with too much', async () => {
    await using server = await startServer({ settings });
    const many = Array.from({ length: 10_001 }, (_, index) => ({ labels: { a: String(index) } }));
    expect(await post(`${server.url}/api/v2/alerts`, many)).toBe(422);
    const big = [{ labels: { a: 'x'.repeat(100_000) } }];
    expect(await post(`${server.url}/api/v2/alerts`, big)).toBe(400);
    expect(await post(`${server.url}/api/v2/alerts`, `"${'x'.repeat(5_000_000)}"`)).toBe(413);
    expect(await post(`${server.url}/api/v2/silences`, `"${'x'.repeat(300_000)}"`)).toBe(413);
  });

  it('is nobody where the rules are evaluated elsewhere', async () => {
    await using server = await startServer({ settings: { rules: { enabled: false } } });
    expect(await post(`${server.url}/api/v2/alerts`, alerts)).toBe(503);
    expect((await fetch(`${server.url}/api/v2/status`)).status).toBe(503);
    expect((await fetch(`${server.url}/api/v2/nothing`)).status).toBe(404);
    expect((await fetch(`${server.url}/api/v2/alerts`, { method: 'PUT' })).status).toBe(405);
  });
});

describe('silences over a reload', () => {
  it('stay, and are counted', async () => {
    await using server = await startServer({ settings });
    await post(`${server.url}/api/v2/silences`, silence);
    expect(await server.reload()).toEqual({ ok: true });
    const shown = (await (await fetch(`${server.url}/api/v2/silences`)).json()) as unknown[];
    expect(shown).toMatchObject([{ status: { state: 'active' }, comment: 'why' }]);
    expect(seriesValue(await server.metrics(), 'runnerwatch_silences{state="active"}')).toBe(1);
  });
});

const rules = `
groups:
  - name: g
    interval: 1s
    rules: [{ alert: FromPrometheus, expr: vector(7) > 1, labels: { severity: page }, annotations: { summary: "{{ $value }}" } }]
`;

describe.skipIf(needs('prometheus'))('a real Prometheus', () => {
  it('delivers its alerts, which are told with all that it says', async () => {
    await using sink = await createSink();
    const routing = `
route: { receiver: team, group_wait: 0s, group_by: [alertname] }
receivers: [{ name: team, webhook_configs: [{ url: "http://127.0.0.1:${sink.port}/" }] }]
`;
    using folder = temporaryFolder({ 'alertmanager.yml': routing });
    const alertmanager = { config_file: join(folder.path, 'alertmanager.yml'), token: 'the-token' };
    await using server = await startServer({ settings: { ...settings, alertmanager } });
    const target = server.url.replace('http://', '');
    const configText = `
rule_files: [rules.yml]
alerting:
  alertmanagers: [{ authorization: { credentials: the-token }, static_configs: [{ targets: ["${target}"] }] }]
`;
    // It finds its Alertmanagers only after 5 s, and says an alert again only after a minute.
    const args = ['--rules.alert.resend-delay=1s'];
    await using prometheus = await startPrometheus({ configText, files: { 'rules.yml': rules }, args });
    const isTold = (body: unknown): body is { alerts: readonly unknown[] } =>
      JSON.stringify(body).includes('FromPrometheus');
    const { alerts } = await sink.waitFor(isTold, 15_000);
    expect(alerts).toMatchObject([
      {
        status: 'firing',
        labels: { alertname: 'FromPrometheus', severity: 'page' },
        annotations: { summary: '7' },
        generatorURL: expect.stringContaining('/graph?g0.expr=vector'),
      },
    ]);
    const metrics = await (await fetch(`${prometheus.url}/metrics`)).text();
    expect(metrics).toMatch(/prometheus_notifications_errors_total\{[^}]*\} 0/);
  });
});
