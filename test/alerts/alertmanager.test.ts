import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDelivery } from '../../src/alerts/deliver.ts';
import { createDispatcher, type Dispatcher } from '../../src/alerts/dispatch.ts';
import { loadRouting } from '../../src/alerts/routing.ts';
import { rfc3339, systemClock } from '../../src/lib/clock.ts';
import { createHttpClient } from '../../src/lib/http.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Alert } from '../../src/model/alert.ts';
import { openDatabase } from '../../src/state/database.ts';
import { startAlertmanager } from '../support/processes.ts';
import { needs } from '../support/services.ts';
import { createSink, type Sink } from '../support/sink.ts';
import { alert } from './support/house.ts';

const externalURL = 'http://am.example:9093';

function routing(all: Sink, one: Sink): string {
  return `
route:
  receiver: nobody
  group_wait: 2s
  group_interval: 1s
  routes:
    - matchers: ['team=~"c|ci"', 'severity!="info"', severity="page"]
      routes:
        - match: { env: test }
          receiver: team.a+b
          group_by: [alertname, path, absent]
receivers:
  - name: nobody
  - name: team.a+b
    webhook_configs:
      - url: http://127.0.0.1:${all.port}/secret
      - url: http://127.0.0.1:${one.port}/secret
        max_alerts: 1
inhibit_rules:
  - { source_matchers: [alertname=WanDown], target_matchers: [team=ci], equal: [env] }
`;
}

const common = { alertname: 'Down', team: 'ci', severity: 'page', env: 'test', path: 'C:\\x "y"\n–' };

/** In another order than Alertmanager tells them. */
const labelSets = [
  { ...common, instance: 'z' },
  { ...common },
  { ...common, job: 'b', instance: 'a' },
  { ...common, job: 'a', instance: 'y', extra: '<&>' },
  { ...common, job: 'a', instance: 'x' },
  { ...common, device: 'sda' },
  { ...common, device: 'sdb', disk: '' },
];

/** Begun just now, so that nobody flushes before group_wait, when a part of the alerts may not be in yet. */
function alertsFrom(begin: number): readonly Alert[] {
  return labelSets.map((labels, index) =>
    alert(Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== '')), {
      startsAt: begin + index * 10,
      endsAt: begin + 3_600_000,
      annotations: { summary: `alert ${index}`, runbook: 'http://runbook/' },
      generatorURL: 'http://rw/graph?g0.expr=up+%3D%3D+0&g0.tab=1',
    }),
  );
}

async function post(url: string, batch: readonly Alert[]): Promise<void> {
  const body = batch.map(({ labels, annotations, startsAt, endsAt, generatorURL }) => ({
    labels,
    annotations,
    startsAt: rfc3339(startsAt),
    endsAt: rfc3339(endsAt),
    generatorURL,
  }));
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

function count(status: string): (body: unknown) => body is { alerts: { status: string }[] } {
  return (body): body is { alerts: { status: string }[] } =>
    (body as { alerts: { status: string }[] }).alerts.some((each) => each.status === status);
}

describe.skipIf(needs('alertmanager'))('a real Alertmanager with the same file and alerts', () => {
  let theirs: { all: Sink; one: Sink };
  let ours: { all: Sink; one: Sink };
  let dispatcher: Dispatcher;
  const stack = new AsyncDisposableStack();

  beforeAll(async () => {
    const sink = async (): Promise<Sink> => stack.use(await createSink());
    theirs = { all: await sink(), one: await sink() };
    ours = { all: await sink(), one: await sink() };
    const args = [`--web.external-url=${externalURL}`, '--web.route-prefix=/'];
    const real = stack.use(await startAlertmanager({ configText: routing(theirs.all, theirs.one), args }));
    dispatcher = startOurs(loadRouting('alertmanager.yml', routing(ours.all, ours.one)));
    const begin = Date.now();
    const alerts = alertsFrom(begin);
    const ended = alerts.map((each, index) => (index % 2 === 0 ? { ...each, endsAt: begin + 120 } : each));
    for (const batch of [alerts, ended]) {
      await post(real.url, batch);
      dispatcher.accept(batch);
      const status = batch === alerts ? 'firing' : 'resolved';
      await Promise.all([theirs, ours].map(({ all }) => all.waitFor(count(status), 20_000)));
    }
  }, 60_000);
  afterAll(() => stack.disposeAsync());

  function startOurs(loaded: ReturnType<typeof loadRouting>): Dispatcher {
    const database = stack.use(openDatabase(':memory:'));
    const receivers = {
      http: createHttpClient(systemClock),
      clock: systemClock,
      externalURL,
      userAgent: 'runnerwatch/test',
      readFile: () => Promise.reject(new Error('no file')),
    };
    const parts = { routing: loaded, database, clock: systemClock, log: silentLog };
    const delivery = createDelivery({ ...parts, receivers, counters: { sent: () => undefined }, random: Math.random });
    const made = createDispatcher({ ...parts, delivery });
    const end = new AbortController();
    const loops = Promise.all([delivery.run(end.signal), made.run(end.signal)]);
    stack.defer(async () => {
      end.abort();
      await loops;
    });
    return made;
  }

  it('gives the same first payload, every field of it', () => {
    expect(ours.all.bodies[0]).toEqual(theirs.all.bodies[0]);
    expect(theirs.all.bodies[0]).toMatchObject({ version: '4', status: 'firing', truncatedAlerts: 0 });
  });

  it('gives the same payload once some are resolved', () => {
    const mixed = (sink: Sink): unknown => sink.bodies.find(count('resolved'));
    expect(mixed(ours.all)).toEqual(mixed(theirs.all));
    expect(mixed(theirs.all)).toMatchObject({ status: 'firing', commonLabels: common });
  });

  it('truncates alike', () => {
    expect(ours.one.bodies[0]).toEqual(theirs.one.bodies[0]);
    expect(theirs.one.bodies[0]).toMatchObject({ truncatedAlerts: 6 });
  });
});
