import { describe, expect, it } from 'vitest';
import { namingWith } from '../../src/alerts/external-labels.ts';
import { parseMatchers } from '../../src/alerts/matchers.ts';
import type { Delivery } from '../../src/alerts/receivers/receiver.ts';
import type { ActiveAlert, RuleHealth } from '../../src/alerts/rule-health.ts';
import { loadRules } from '../../src/alerts/rules.ts';
import { createWhy, type Question, type Why } from '../../src/alerts/why.ts';
import { fingerprint, type Labels } from '../../src/model/labels.ts';
import { createDecisions } from '../../src/state/decisions.ts';
import { createOutbox } from '../../src/state/outbox.ts';
import { alert, type House, openHouse, resolved, start } from './support/house.ts';

const minute = 60_000;
const routing = `
route:
  receiver: team
  group_by: [alertname]
  group_wait: 30s
  group_interval: 5m
  routes:
    - matchers: [severity="page"]
      receiver: pager
      routes: [{ matchers: [host=~"ci-.*"], continue: true }]
    - { matchers: [severity=~"page|info"], receiver: quiet, mute_time_intervals: [always] }
receivers:
  - { name: team, webhook_configs: [{ url: "http://a/" }, { url: "http://b/", send_resolved: false }] }
  - { name: pager, webhook_configs: [{ url: "http://c/" }] }
  - { name: quiet }
time_intervals: [{ name: always, time_intervals: [{ years: ["1970:2100"] }] }]
`;
const rulesText = `
groups:
  - name: g
    rules: [{ alert: Down, expr: up == 0, for: 10m, keep_firing_for: 5m }, { record: Down:rate, expr: up }]
  - { name: h, rules: [{ alert: Idle, expr: up == 1 }] }
`;

function ruleHealth(active: readonly ActiveAlert[] = []): readonly RuleHealth[] {
  const last = { health: 'ok', lastError: undefined, lastEvaluation: start, durationMs: 1 } as const;
  const remarks = { warnings: [], infos: [] };
  return loadRules('r.yml', rulesText).flatMap(({ file, name, rules }) =>
    rules.map((rule) => ({ ...last, remarks, file, group: name, rule, alerts: rule.name === 'Down' ? active : [] })),
  );
}

function activeAlert(labels: Labels, over: Partial<ActiveAlert> = {}): ActiveAlert {
  const times = { activeAt: start, keepFiringSince: undefined };
  return { fingerprint: fingerprint(labels), labels, annotations: {}, state: 'pending', value: 0, ...times, ...over };
}

interface Asked {
  readonly leftTo?: readonly string[];
  readonly active?: readonly ActiveAlert[];
  readonly external?: Labels;
}

function ask(
  { dispatcher, database, clock, routing: loaded }: House,
  question: Partial<Question>,
  asked: Asked = {},
): Why {
  const why = createWhy({
    rules: () => ruleHealth(asked.active),
    naming: namingWith(asked.external ?? {}),
    ...{ externalURL: 'http://rw', leftTo: asked.leftTo ?? [] },
    ...{ dispatcher, clock, routing: loaded },
    decisions: createDecisions(database),
    outbox: createOutbox(database),
  });
  return why({ alertname: undefined, fingerprint: undefined, matchers: [], ...question });
}

const down = { alertname: 'Down', severity: 'page', host: 'ci-1' };

describe('why', () => {
  it('says of a pending alert when it fires, and where it would go', () => {
    const why = ask(openHouse({ routing }), { alertname: 'Down' }, { active: [activeAlert(down)] });
    expect(why.rules).toMatchObject([{ file: 'r.yml', group: 'g', expr: 'up == 0', forMs: 10 * minute, health: 'ok' }]);
    expect(why.alerts).toMatchObject([
      { phase: 'pending', rule: 0, pendingSince: start, firesAt: start + 10 * minute, holding: [], history: [] },
    ]);
    expect(
      why.alerts[0]?.routes.map(({ matchers, receiver, nextFlushAt }) => [matchers, receiver, nextFlushAt]),
    ).toEqual([[['{severity="page"}', '{host=~"ci-.*"}'], 'pager', undefined]]);
  });

  it('knows an alert of a rule by what it is called where it is told', async () => {
    const house = openHouse({ routing });
    const told = { ...down, site: 'home' };
    house.dispatcher.accept([alert(told)]);
    const kept = activeAlert(down, { state: 'firing', keepFiringSince: start + minute, value: 7 });
    const why = ask(house, { alertname: 'Down' }, { active: [kept], external: { site: 'home' } });
    expect(why.alerts).toMatchObject([
      {
        labels: told,
        phase: 'firing',
        firingSince: start,
        value: 7,
        keptSince: start + minute,
        keptUntil: start + 6 * minute,
      },
    ]);
    expect(why.alerts[0]?.routes[0]).toMatchObject({ nextFlushAt: start + 30_000 });
    const byPrint = ask(house, { fingerprint: fingerprint(told) }, { external: { site: 'home' } });
    expect([byPrint.alertname, byPrint.alerts.length]).toEqual(['Down', 1]);
  });

  it('tells each way apart: accepted, still waiting, not wanted, muted', async () => {
    const failed: Delivery = { ok: false, retry: true, reason: 'server', message: 'status 503' };
    const house = openHouse({
      routing,
      answer: ({ groupKey }, attempt) => (groupKey.includes('Half') && attempt % 2 === 0 ? failed : { ok: true }),
    });
    const half = { alertname: 'Half' };
    house.dispatcher.accept([alert(half), alert({ alertname: 'Calm', severity: 'info' })]);
    await house.clock.advance(30_000);
    const { alerts } = ask(house, { alertname: 'Half' });
    const ways = alerts[0]?.routes[0]?.ways ?? [];
    expect(ways.map(({ queue, told, outcome, waiting }) => [queue, told?.same, outcome?.what, waiting.length])).toEqual(
      [
        ['team/webhook[0]', `firing ${start}`, 'retried', 1],
        ['team/webhook[1]', `firing ${start}`, 'accepted', 0],
      ],
    );
    house.dispatcher.accept([resolved(half, house.clock.now())]);
    await house.clock.advance(5 * minute);
    const over = ask(house, { alertname: 'Half' }).alerts[0];
    expect([over?.phase, over?.routes[0]?.ways.map(({ latest }) => [latest?.what, latest?.reason])]).toEqual([
      'past',
      [
        ['told', 'all alerts resolved'],
        ['suppressed', 'it has ended, and this receiver has send_resolved: false'],
      ],
    ]);
    expect(ask(house, { alertname: 'Calm' }).alerts[0]?.routes).toMatchObject([
      { receiver: 'quiet', mutedBy: ['always'], ways: [{ queue: 'quiet/log', latest: { what: 'suppressed' } }] },
    ]);
  });

  it('tells of the steps of an escalation as of routes', async () => {
    const steps = [
      { after: '0s', receiver: 'team' },
      { after: '15m', receiver: 'pager' },
    ];
    const escalations = [{ name: 'night', matchers: ['severity="low"'], steps }];
    const house = openHouse({ routing, escalations });
    house.dispatcher.accept([alert({ alertname: 'Slow', severity: 'low' })]);
    await house.clock.advance(minute);
    const [story] = ask(house, { alertname: 'Slow' }).alerts;
    const second = story?.routes.find(({ step }) => step?.number === 2);
    expect(second).toMatchObject({ receiver: 'pager', step: { chain: 'night' } });
    expect(second?.ways[0]?.latest).toMatchObject({
      what: 'suppressed',
      reason: 'step 2 of escalation night is due at 2026-01-01T00:15:00.000Z',
      until: start + 15 * minute,
    });
  });

  it('knows the rule of an alert that it no longer has, and not of one that came from elsewhere', () => {
    const house = openHouse({ routing });
    const ours = alert(down, { endsAt: start, generatorURL: 'http://rw/graph?g0.expr=up+%3D%3D+0&g0.tab=1' });
    house.dispatcher.accept([ours, alert({ ...down, host: 'elsewhere' })]);
    const why = ask(house, { alertname: 'Down' });
    expect(why.alerts.map(({ phase, rule, endedAt }) => [phase, rule, endedAt])).toEqual([
      ['firing', undefined, undefined],
      ['resolved', 0, start],
    ]);
  });

  it('says to whom the routing is left', () => {
    const leftTo = ['http://alertmanager:9093'];
    const why = ask(openHouse({ routing }), { alertname: 'Down' }, { active: [activeAlert(down)], leftTo });
    expect(why).toMatchObject({ leftTo, alerts: [{ phase: 'pending', routes: [] }] });
  });

  it('takes only what matches, the ones that fire first, and only so many', () => {
    const house = openHouse({ routing });
    const hosts = Array.from({ length: 60 }, (_, index) => ({ alertname: 'Down', host: `h-${index}` }));
    house.dispatcher.accept(hosts.map((labels) => alert(labels)));
    const why = ask(house, { alertname: 'Down' }, { active: [activeAlert(down)] });
    expect([why.alerts.length, why.leftOut, why.alerts[0]?.phase]).toEqual([50, 11, 'firing']);
    const some = ask(
      house,
      { alertname: 'Down', matchers: parseMatchers('host=~"h-1|ci-1"') },
      { active: [activeAlert(down)] },
    );
    expect(some.alerts.map(({ phase, labels }) => [phase, labels.host])).toEqual([
      ['firing', 'h-1'],
      ['pending', 'ci-1'],
    ]);
  });

  it('names what comes near, where nothing has the name', () => {
    const house = openHouse({ routing });
    house.dispatcher.accept([alert({ alertname: 'GoDown' })]);
    expect(ask(house, { alertname: 'Dwon' })).toMatchObject({ rules: [], alerts: [], nearest: ['Down'] });
    expect(ask(house, { alertname: 'down' }).nearest).toEqual(['Down', 'GoDown']);
    expect(ask(house, { alertname: 'Idle' })).toMatchObject({ rules: [{ group: 'h' }], alerts: [], nearest: [] });
    expect(ask(house, { fingerprint: '0000000000000000' })).toMatchObject({
      alertname: undefined,
      rules: [],
      alerts: [],
    });
  });
});
