import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { startPrometheus, temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { needs } from '../support/services.ts';
import { createSink, type Sink } from '../support/sink.ts';
import { waitUntil } from '../support/wait.ts';

/** Fires alone, and from `second` on together with another, which the limit does not allow. */
function limited(second: number): string {
  const named = (name: string) => `label_replace(vector(1), "i", "${name}", "", "")`;
  return `${named('a')} or (${named('b')} and on () vector(time()) >= ${second})`;
}

/** Expressions are written as Prometheus prints them. */
function rulesFor(second: number): string {
  return `
groups:
  - name: second
    interval: 1s
    limit: 4
    labels: { team: a }
    rules:
      - { record: "r:x", expr: vector(3), labels: { k: v } }
      - alert: Fire
        expr: vector(7) > 1
        keep_firing_for: 5m
        labels: { severity: page, site: own, at: "{{ $externalLabels.site }}" }
        annotations: { summary: "{{ $value }} at {{ $externalLabels.site }} of {{ $labels.team }}" }
      - { alert: Pend, expr: vector(7) > 1, for: 1h }
      - { alert: Quiet, expr: vector(7) > 10 }
      - { alert: Infinite, expr: "quantile(2, vector(1)) > 1" }
      - { alert: Kept, expr: vector(1) and on () (vector(time()) < ${second}), keep_firing_for: 1h }
      - { alert: Twice, expr: "vector(1) + on () (label_replace(vector(1), \\"a\\", \\"x\\", \\"\\", \\"\\") or vector(2))" }
  - name: first
    interval: 1h
    rules: [{ record: "r:plain", expr: "vector(3)" }, { alert: Never, expr: vector(7) > 10 }]
  - name: limited
    interval: 1s
    limit: 1
    rules: [{ alert: Limited, expr: '${limited(second)}' }]
`;
}

interface Named {
  readonly labels: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: string;
  readonly data?: { readonly groups: readonly Record<string, unknown>[] };
}

/** What differs between two moments or two machines is left out, and what each alone says. */
function comparable(answer: Answer): unknown {
  const own = ['evaluationTime', 'lastEvaluation', 'activeAt', 'keepFiringSince', 'warnings', 'infos'];
  const text = JSON.stringify(answer, (key, value: unknown) => {
    if (own.includes(key)) return typeof value;
    return key === 'file' ? basename(String(value)) : value;
  });
  return JSON.parse(text, (key, value) => (['warnings', 'infos'].includes(key) ? undefined : value));
}

function failuresOf(metrics: string): number {
  return Number(/^prometheus_rule_evaluation_failures_total\{rule_group="[^"]*;limited"\} (.*)$/m.exec(metrics)?.[1]);
}

/** The group that is evaluated once in an hour waits for its turn in Prometheus, and has had it here. */
const questions = ['', 'type=alert', 'type=record', 'rule_name[]=Fire&rule_name[]=r:x', 'rule_group[]=limited'];
const matches = [
  'match[]={team="a"}',
  'match[]={severity="page"}&match[]={k="v"}',
  'match[]={at="lab"}',
  'match[]={at=~".*externalLabels.*"}',
  'match[]={team="a",severity!="page"}&type=alert',
  'match[]=r:x',
];
const others = ['file[]=none', 'exclude_alerts=true', 'exclude_alerts=maybe', 'type=other', 'rule_name[]=none'];

describe.skipIf(needs('prometheus'))('the API of the rules beside a real Prometheus', () => {
  const stack = new AsyncDisposableStack();
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>;
  let server: Awaited<ReturnType<typeof startServer>>;
  const sinks: Sink[] = [];
  const second = Math.ceil(systemClock.now() / 1000) + 8;

  beforeAll(async () => {
    const [theirs, ours] = [stack.use(await createSink()), stack.use(await createSink())];
    sinks.push(theirs, ours);
    const text = rulesFor(second);
    const configText = `
global: { evaluation_interval: 1s, external_labels: { site: lab, zone: "" } }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ["127.0.0.1:${theirs.port}"] }] }] }
`;
    const args = ['--rules.alert.resend-delay=1s'];
    prometheus = stack.use(await startPrometheus({ configText, files: { 'rules.yml': text }, args }));
    const folder = stack.use(temporaryFolder({ 'rules.yml': text }));
    const settings = {
      rules: {
        files: [join(folder.path, 'rules.yml')],
        evaluation_interval: '1s',
        external_labels: { site: 'lab', zone: '' },
      },
      alertmanagers: [{ url: `http://127.0.0.1:${ours.port}` }],
    };
    server = stack.use(await startServer({ settings }));
    const isOver = async ({ url }: { readonly url: string }): Promise<boolean> => {
      const text = await (await fetch(`${url}/api/v1/rules`)).text();
      return text.includes('exceeded limit of 1') && text.includes('keepFiringSince');
    };
    await waitUntil(async () => (await isOver(prometheus)) && (await isOver(server)), {
      timeoutMs: 30_000,
      what: () => 'both over the limit',
    });
  }, 60_000);
  afterAll(() => stack.disposeAsync());

  async function ask(url: string, path: string): Promise<{ readonly status: number; readonly body: Answer }> {
    const response = await fetch(url + path);
    return { status: response.status, body: (await response.json()) as Answer };
  }

  /** Prometheus spreads its groups over their interval; within an hour the test sees no first turn of that group. */
  function withoutFirst({ status, body }: { readonly status: number; readonly body: Answer }) {
    const groups = body.data?.groups.filter(({ name }) => name !== 'first');
    return { status, body: comparable(groups ? { ...body, data: { groups } } : body) };
  }

  it.each([...questions, ...matches, ...others])('answers alike: %s', async (question) => {
    const [theirs, ours] = [
      await ask(prometheus.url, `/api/v1/rules?${question}`),
      await ask(server.url, `/api/v1/rules?${question}`),
    ];
    expect(withoutFirst(ours)).toEqual(withoutFirst(theirs));
    if (question === '')
      expect(theirs.body.data?.groups.map(({ name }) => name)).toEqual(['first', 'limited', 'second']);
  });

  it.each(['match[]={team=', 'match[]={}', 'match[]={team!="a"}', 'match[]=up%20offset%205m', 'match[]=up%2B1'])(
    'refuses what Prometheus refuses, in words of its own: %s',
    async (question) => {
      for (const { url } of [prometheus, server]) {
        const { status, body } = await ask(url, `/api/v1/rules?${question}`);
        expect([url, status, body]).toMatchObject([url, 400, { status: 'error', errorType: 'bad_data' }]);
      }
    },
  );

  it('has the same keys for a group that had no turn yet', async () => {
    const keys = (value: unknown) => [...JSON.stringify(value).matchAll(/"(\w+)":/g)].map(([, key]) => key);
    const [theirs, ours] = [
      await ask(prometheus.url, '/api/v1/rules?rule_group[]=first'),
      await ask(server.url, '/api/v1/rules?rule_group[]=first'),
    ];
    expect(keys(ours.body)).toEqual(keys(theirs.body));
  });

  it('forgets the alerts of a rule over its limit, as Prometheus does', async () => {
    for (const { url } of [prometheus, server]) {
      const { body } = await ask(url, '/api/v1/rules?rule_group[]=limited');
      expect(body.data?.groups).toMatchObject([
        { rules: [{ state: 'inactive', alerts: [], health: 'err', lastError: 'exceeded limit of 1 with 2 alerts' }] },
      ]);
    }
    // None is said to have ended, which would bring the end nearer: each ends when it is not said again.
    for (const sink of sinks) {
      const ends = (sink.bodies as (Named & { readonly endsAt: string })[][])
        .flat()
        .filter(({ labels }) => labels.alertname === 'Limited')
        .map(({ endsAt }) => Date.parse(endsAt));
      expect(ends).toEqual(ends.toSorted((a, b) => a - b));
    }
    const told = JSON.stringify(sinks[1]?.bodies);
    expect(told).toContain('"Limited"');
  });

  it('shows the same alerts', async () => {
    const [theirs, ours] = [await ask(prometheus.url, '/api/v1/alerts'), await ask(server.url, '/api/v1/alerts')];
    const byName = ({ body }: { readonly body: Answer }) => {
      const { data } = comparable(body) as { readonly data: { readonly alerts: readonly Named[] } };
      return new Map(data.alerts.map((alert) => [alert.labels.alertname, alert]));
    };
    expect(byName(ours)).toEqual(byName(theirs));
    expect([...byName(ours).keys()].sort()).toEqual(['Fire', 'Infinite', 'Kept', 'Pend']);
  });

  it('names alerts by the external labels for those who are told, and nobody else', async () => {
    const told = (sink: Sink) => (sink.bodies as Named[][]).flat().find(({ labels }) => labels.alertname === 'Fire');
    await waitUntil(() => sinks.every((sink) => told(sink)), { timeoutMs: 30_000, what: () => 'Fire told to both' });
    const [theirs, ours] = sinks.map(told);
    expect(ours?.labels).toEqual(theirs?.labels);
    expect(ours).toMatchObject({ labels: { site: 'own', at: 'lab', team: 'a' } });
    const pair = sinks.map((sink) => (sink.bodies as Named[][]).flat().map(({ labels }) => labels));
    for (const labels of pair) expect(labels).toContainEqual({ alertname: 'Infinite', site: 'lab', team: 'a' });
    const series = await (await fetch(`${prometheus.url}/api/v1/query?query=ALERTS{alertname="Infinite"}`)).text();
    expect(series).not.toContain('lab');
    expect(await server.metrics()).not.toContain('site="lab"');
  });

  it('shows what PromQL said of a rule, and counts evaluations as Prometheus does', async () => {
    const { body } = await ask(server.url, '/api/v1/rules?rule_name[]=Infinite');
    expect(body.data?.groups).toMatchObject([
      { rules: [{ warnings: ['PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)'] }] },
    ]);
    const [theirs, ours] = [await (await fetch(`${prometheus.url}/metrics`)).text(), await server.metrics()];
    const families = (text: string) =>
      new Set(
        text.split('\n').flatMap((line) => /^(prometheus_rule_\w+)\{rule_group="[^"]*;second"\}/.exec(line)?.[1] ?? []),
      );
    const left = [
      'prometheus_rule_group_last_restore_duration_seconds',
      'prometheus_rule_group_last_rule_duration_sum_seconds',
    ];
    expect([...families(ours), ...left].sort()).toEqual([...families(theirs)].sort());
    const valuesOf = (text: string) =>
      ['rules', 'interval_seconds', 'last_evaluation_samples'].map(
        (name) =>
          new RegExp(`^prometheus_rule_group_${name}\\{rule_group="[^"]*;second"\\} (.*)$`, 'm').exec(text)?.[1],
      );
    expect([valuesOf(ours), valuesOf(theirs)]).toEqual([
      ['7', '1', '9'],
      ['7', '1', '9'],
    ]);
    expect(failuresOf(ours)).toBeGreaterThan(0);
    expect(failuresOf(theirs)).toBeGreaterThan(0);
    expect(seriesValue(ours, 'runnerwatch_history_refused_total')).toBe(0);
  });
});
