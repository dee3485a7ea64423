import { describe, expect, it } from 'vitest';
import { createAcknowledgements } from '../../src/alerts/acknowledge.ts';
import { createLog, silentLog } from '../../src/lib/log.ts';
import { alertStatus, type Notification } from '../../src/model/alert.ts';
import { createAcknowledgementStore } from '../../src/state/acknowledgements.ts';
import { openDatabase } from '../../src/state/database.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { alert, type House, openHouse, resolved, start } from './support/house.ts';

const minute = 60_000;
const routing = `
route: { receiver: nobody, group_by: [alertname] }
receivers:
  - { name: nobody }
  - { name: chat, webhook_configs: [{ url: "http://chat/" }] }
  - { name: mail, webhook_configs: [{ url: "http://mail/" }] }
  - { name: page, webhook_configs: [{ url: "http://page/" }] }
inhibit_rules:
  - { source_matchers: [alertname=Wan], target_matchers: [alertname=Down] }
`;
const chain = {
  name: 'critical',
  matchers: ['severity="critical"'],
  repeat_interval: '239m30s',
  steps: [
    { after: '0s', receiver: 'chat' },
    { after: '15m', receiver: 'mail' },
    { after: '1h', receiver: 'page' },
  ],
};
const down = { alertname: 'Down', severity: 'critical', runner: 'a' };
const other = { ...down, runner: 'b' };
const me = { by: 'me', comment: 'on it' };

function open(over: Partial<Parameters<typeof openHouse>[0]> = {}) {
  const sent: Notification[] = [];
  const answer = (notification: Notification) => {
    sent.push(notification);
    return { ok: true as const };
  };
  return { ...openHouse({ routing, escalations: [chain], answer, ...over }), sent };
}

/** Says an alert every minute, as rules do, for a while. */
async function saying(
  house: Pick<House, 'clock' | 'dispatcher'>,
  alerts: Parameters<House['dispatcher']['accept']>[0],
  minutes: number,
) {
  for (let said = 0; said < minutes; said++) {
    house.dispatcher.accept(alerts);
    await house.clock.advance(minute);
  }
}

/** The query of the link in a notification. */
function queryOf({ alerts }: Notification): Readonly<Record<string, string>> {
  return Object.fromEntries(new URL(alerts[0]?.annotations.acknowledge_url ?? '').searchParams);
}

function chatOf(sent: readonly Notification[]): Notification {
  const found = sent.find(({ receiver }) => receiver === 'chat');
  if (!found) throw new Error('chat was told nothing');
  return found;
}

describe('an escalation', () => {
  it('tells each step in its time, repeats, and tells all of them of the end', async () => {
    const { dispatcher, clock, told } = open();
    dispatcher.accept([alert(down)]);
    expect(told).toEqual(['0 chat/webhook[0] firing Down']);
    await clock.advance(245 * minute);
    dispatcher.accept([resolved(down, clock.now())]);
    await clock.advance(2 * minute);
    expect(told).toEqual([
      '0 chat/webhook[0] firing Down',
      '900 mail/webhook[0] firing Down',
      '3600 page/webhook[0] firing Down',
      '14400 chat/webhook[0] firing Down',
      '14760 chat/webhook[0] resolved Down',
      '14760 mail/webhook[0] resolved Down',
      '14760 page/webhook[0] resolved Down',
    ]);
    expect(dispatcher.stats().groups).toBe(0);
    expect(dispatcher.escalation.stats().escalations).toEqual([
      { chain: 'critical', step: 1, count: 1 },
      { chain: 'critical', step: 2, count: 1 },
      { chain: 'critical', step: 3, count: 1 },
    ]);
  });

  it('leaves alone what does not match, and the tree as it is', async () => {
    const { dispatcher, clock, told } = open({ routing: routing.replace('receiver: nobody,', 'receiver: mail,') });
    dispatcher.accept([alert({ alertname: 'Other' }), alert(down)]);
    await clock.advance(10 * minute);
    expect(told).toEqual([
      '0 chat/webhook[0] firing Down',
      '30 mail/webhook[0] firing Other',
      '30 mail/webhook[0] firing Down',
    ]);
  });

  it('tells later steps only of what fires still', async () => {
    const { dispatcher, clock, told } = open();
    dispatcher.accept([alert(down)]);
    await clock.advance(5 * minute);
    dispatcher.accept([resolved(down, clock.now())]);
    await clock.advance(120 * minute);
    expect(told).toEqual(['0 chat/webhook[0] firing Down', '360 chat/webhook[0] resolved Down']);
  });

  it('counts from when it was heard of, where an alert was posted with an end and no start', async () => {
    const { dispatcher, clock, told } = open({
      escalations: [{ ...chain, group_by: ['...'] }],
      routing: routing.replace('receiver: nobody,', 'receiver: nobody, group_interval: 1m,'),
    });
    const endsAt = start + 40 * minute;
    // As Alertmanager takes it: it begins at its end. Said again, it ends later, and so begins later too.
    dispatcher.accept([alert(down, { startsAt: endsAt, endsAt, updatedAt: start })]);
    await clock.advance(10 * minute);
    const later = endsAt + 10 * minute;
    dispatcher.accept([alert(down, { startsAt: later, endsAt: later, updatedAt: clock.now() })]);
    await clock.advance(50 * minute);
    expect(told).toEqual([
      '0 chat/webhook[0] firing Down',
      '900 mail/webhook[0] firing Down',
      '3000 chat/webhook[0] resolved Down',
      '3000 mail/webhook[0] resolved Down',
    ]);
    dispatcher.accept([alert(down, { startsAt: clock.now() })]);
    await clock.advance(14 * minute);
    expect(told.slice(4)).toEqual(['3600 chat/webhook[0] firing Down']);
  });

  it('keeps no group of the tree out, however many steps there are', async () => {
    const { dispatcher, clock, told } = open({
      routing: routing.replace('receiver: nobody, group_by: [alertname]', "receiver: mail, group_by: ['...']"),
      escalations: [{ ...chain, group_by: ['...'] }],
      limits: { groups: 4, stepGroups: 4, alerts: 100 },
    });
    dispatcher.accept(['a', 'b', 'c', 'd'].map((runner) => alert({ ...down, runner })));
    expect(dispatcher.stats()).toMatchObject({ groups: 8, alerts: 4, dropped: 3 });
    await clock.advance(minute);
    expect(told.filter((line) => line.includes('mail'))).toEqual(Array(4).fill('30 mail/webhook[0] firing Down'));
    dispatcher.accept(['a', 'b', 'c', 'd'].map((runner) => resolved({ ...down, runner }, clock.now())));
    await clock.advance(10 * minute);
    const { groups, dropped } = dispatcher.stats();
    expect(groups).toBe(0);
    dispatcher.accept([alert({ ...down, runner: 'e' }, { startsAt: clock.now() })]);
    expect(dispatcher.stats()).toMatchObject({ groups: 4, dropped });
  });

  it('lets nobody who came late into a group speak early, nor wait for the turn of the group', async () => {
    const { dispatcher, clock, told } = open();
    dispatcher.accept([alert(down)]);
    await clock.advance(20 * minute + 7000);
    dispatcher.accept([alert(other, { startsAt: clock.now() })]);
    await clock.advance(70 * minute);
    expect(told).toEqual([
      '0 chat/webhook[0] firing Down',
      '900 mail/webhook[0] firing Down',
      '1260 chat/webhook[0] firing Down,Down',
      '2107 mail/webhook[0] firing Down,Down',
      '3600 page/webhook[0] firing Down',
      '4807 page/webhook[0] firing Down,Down',
    ]);
  });

  it('shows what its receiver still holds for firing, also where it began again within a moment', async () => {
    const { dispatcher, clock, told } = open();
    dispatcher.accept([alert(down)]);
    await clock.advance(5 * minute);
    dispatcher.accept([alert(other, { startsAt: clock.now() })]);
    await clock.advance(10 * minute + 10_000);
    dispatcher.accept([resolved(down, clock.now())]);
    await clock.advance(10_000);
    dispatcher.accept([alert(down, { startsAt: clock.now() })]);
    await clock.advance(5 * minute);
    expect(told.filter((line) => line.includes('mail'))).toEqual([
      '900 mail/webhook[0] firing Down',
      '1200 mail/webhook[0] firing Down,Down',
    ]);
  });

  it('says of a step that waits why, and until when', () => {
    const { dispatcher } = open();
    dispatcher.accept([alert(down)]);
    const page = dispatcher.groups().find(({ receiver }) => receiver === 'page');
    expect(page?.key).toBe('{}/escalation="critical"/receiver="page":{alertname="Down"}');
    expect(page?.nextFlushAt).toBe(start + minute);
    expect(page?.suppressed).toEqual([
      {
        fingerprint: alert(down).fingerprint,
        reason: 'step 3 of escalation critical is due at 2026-01-01T01:00:00.000Z',
        by: 'escalation',
        sources: ['step 3 of escalation critical', '2026-01-01T01:00:00.000Z'],
        until: start + 60 * minute,
      },
    ]);
  });

  it('waits where the alert is inhibited, and speaks when it is no more', async () => {
    const { dispatcher, clock, told } = open();
    dispatcher.accept([alert({ alertname: 'Wan' }), alert(down)]);
    await clock.advance(20 * minute);
    expect(told).toEqual([]);
    dispatcher.accept([resolved({ alertname: 'Wan' }, clock.now())]);
    await clock.advance(minute);
    expect(told).toEqual(['1260 chat/webhook[0] firing Down', '1260 mail/webhook[0] firing Down']);
  });

  it('goes on after a restart where it was, and makes up for a step that fell due meanwhile', async () => {
    const first = open();
    first.dispatcher.accept([alert(down)]);
    await first.clock.advance(10 * minute);
    await first.stop();
    const { clock, database } = first;
    await clock.advance(10 * minute);
    const second = open({ clock, database });
    second.dispatcher.accept([alert(down)]);
    await clock.advance(41 * minute);
    expect(first.told).toEqual(['0 chat/webhook[0] firing Down']);
    expect(second.told).toEqual(['1200 mail/webhook[0] firing Down', '3600 page/webhook[0] firing Down']);
  });

  it('goes by the chain that a reload brings, and does not say again what was said', async () => {
    const first = open();
    first.dispatcher.accept([alert(down)]);
    await first.clock.advance(16 * minute);
    await first.stop();
    const { clock, database } = first;
    const [chat, mail, page] = chain.steps;
    const steps = [chat, { after: '5m', receiver: 'nobody' }, { ...mail, after: '10m' }, { ...page, after: '30m' }];
    const second = open({ clock, database, escalations: [{ ...chain, steps }] });
    second.dispatcher.accept([alert(down)]);
    await clock.advance(15 * minute);
    second.dispatcher.accept([resolved(down, clock.now())]);
    await clock.advance(minute);
    expect(second.told).toEqual([
      '1800 page/webhook[0] firing Down',
      '1920 chat/webhook[0] resolved Down',
      '1920 mail/webhook[0] resolved Down',
      '1920 page/webhook[0] resolved Down',
    ]);
  });
});

describe('an acknowledgement', () => {
  it('by the API stops what is to come and repetitions, not the end', async () => {
    const { dispatcher, clock, told } = open();
    const { acknowledging, stats } = dispatcher.escalation;
    dispatcher.accept([alert(down)]);
    await clock.advance(20 * minute);
    const { fingerprint } = alert(down);
    const taken = acknowledging.take({ fingerprint }, me);
    const at = clock.now();
    expect(taken).toEqual([{ acknowledgement: { fingerprint, at, until: at, ...me }, alert: alert(down) }]);
    expect(stats().acknowledgements).toBe(1);
    await clock.advance(280 * minute);
    const page = dispatcher.groups().find(({ receiver }) => receiver === 'page');
    expect(page?.suppressed.map(({ reason }) => reason)).toEqual([
      'step 3 of escalation critical is held while acknowledged by me at 2026-01-01T00:20:00.000Z: on it',
    ]);
    dispatcher.accept([resolved(down, clock.now())]);
    await clock.advance(2 * minute);
    expect(told).toEqual([
      '0 chat/webhook[0] firing Down',
      '900 mail/webhook[0] firing Down',
      '18060 chat/webhook[0] resolved Down',
      '18060 mail/webhook[0] resolved Down',
    ]);
    expect([acknowledging.all(), stats().acknowledgements]).toEqual([[], 0]);
  });

  it('ends with the alert: the next time all begins anew', async () => {
    const house = open();
    const { dispatcher, clock, told } = house;
    dispatcher.accept([alert(down)]);
    dispatcher.escalation.acknowledging.take({ fingerprint: alert(down).fingerprint }, me);
    await clock.advance(20 * minute);
    dispatcher.accept([resolved(down, clock.now())]);
    await clock.advance(10 * minute);
    dispatcher.accept([alert(down, { startsAt: clock.now() })]);
    await clock.advance(20 * minute);
    expect(told).toEqual([
      '0 chat/webhook[0] firing Down',
      '1260 chat/webhook[0] resolved Down',
      '1800 chat/webhook[0] firing Down',
      '2700 mail/webhook[0] firing Down',
    ]);
  });

  it('does not hold an alert that ended and began again between two turns', async () => {
    const { dispatcher, clock, told } = open();
    dispatcher.accept([alert(down)]);
    dispatcher.escalation.acknowledging.take({ fingerprint: alert(down).fingerprint }, me);
    await clock.advance(10_000);
    dispatcher.accept([resolved(down, clock.now())]);
    await clock.advance(10_000);
    dispatcher.accept([alert(down, { startsAt: clock.now() })]);
    await clock.advance(16 * minute);
    expect(told).toEqual(['0 chat/webhook[0] firing Down', '920 mail/webhook[0] firing Down']);
  });

  it('holds an alert that flaps as long as the damping keeps it one', async () => {
    const house = open({ flapDamping: { changes: 3, withinMs: 30 * minute, steadyForMs: 10 * minute } });
    const { dispatcher, clock, told } = house;
    const flap = async () => {
      dispatcher.accept([resolved(down, clock.now())]);
      await clock.advance(minute);
      dispatcher.accept([alert(down, { startsAt: clock.now() })]);
      await clock.advance(minute);
    };
    dispatcher.accept([alert(down)]);
    await clock.advance(minute);
    for (let flaps = 0; flaps < 3; flaps++) await flap();
    const before = told.length;
    expect(dispatcher.stats().flapping).toBe(1);
    dispatcher.escalation.acknowledging.take({ fingerprint: alert(down).fingerprint }, me);
    for (let flaps = 0; flaps < 10; flaps++) await flap();
    expect(dispatcher.escalation.stats().acknowledgements).toBe(1);
    expect(told.slice(before)).toEqual([]);
  });

  it('can be taken back: what is overdue is told', async () => {
    const { dispatcher, clock, told } = open();
    const { acknowledging } = dispatcher.escalation;
    const { fingerprint } = alert(down);
    dispatcher.accept([alert(down)]);
    acknowledging.take({ fingerprint }, me);
    await clock.advance(30 * minute);
    expect([acknowledging.takeBack(fingerprint), acknowledging.takeBack(fingerprint)]).toEqual([true, false]);
    await clock.advance(minute);
    expect(told).toEqual(['0 chat/webhook[0] firing Down', '1860 mail/webhook[0] firing Down']);
  });

  it('outlives a restart, and is forgotten where nobody says its alert again', async () => {
    const first = open();
    first.dispatcher.accept([alert(down), alert(other)]);
    first.dispatcher.escalation.acknowledging.take({ matchers: [] }, me);
    await first.stop();
    const { clock, database } = first;
    await clock.advance(70 * minute);
    const second = open({ clock, database });
    const { acknowledging } = second.dispatcher.escalation;
    expect(acknowledging.all().map((each) => each.alert)).toEqual([undefined, undefined]);
    await saying(second, [alert(down)], 62);
    expect(acknowledging.all().map((each) => each.alert?.labels.runner)).toEqual(['a']);
    expect(second.told).toEqual([]);
    expect(database.all('SELECT fingerprint FROM acknowledgement')).toHaveLength(1);
  });

  it('is kept of alerts in escalations alone, and only while they fire', () => {
    const { dispatcher, clock } = open();
    const { acknowledging } = dispatcher.escalation;
    dispatcher.accept([alert({ alertname: 'Other' }), resolved(other, clock.now())]);
    expect(acknowledging.take({ matchers: [] }, me)).toEqual([]);
    expect(acknowledging.take({ fingerprint: alert(other).fingerprint }, me)).toEqual([]);
  });

  it('is one of so many: what is over gives way, what holds does not', () => {
    const clock = new FakeClock(start);
    const alerts = Array.from({ length: 4 }, (_, index) => alert({ ...down, runner: String(index) }));
    const [first, second, third, fourth] = alerts.map((each) => each.fingerprint);
    let said = alerts;
    const store = createAcknowledgementStore(openDatabase(':memory:'));
    const known = createAcknowledgements({ store, alerts: () => said, clock, log: silentLog, limit: 2 });
    const heldBy = () => Object.fromEntries(store.load().map(({ fingerprint, by }) => [fingerprint, by]));
    expect(known.add(alerts.slice(0, 2), me)).toHaveLength(2);
    expect(known.add(alerts.slice(1, 3), me)).toBeUndefined();
    expect(known.add(alerts.slice(1, 2), { ...me, by: 'you' })).toHaveLength(1);
    expect(heldBy()).toEqual({ [`${first}`]: 'me', [`${second}`]: 'you' });
    said = [resolved({ ...down, runner: '0' }, start), ...alerts.slice(1)];
    expect(known.add(alerts.slice(2), me)).toBeUndefined();
    expect(known.add(alerts.slice(2, 3), me)).toHaveLength(1);
    expect(heldBy()).toEqual({ [`${second}`]: 'you', [`${third}`]: 'me' });
    expect(known.remove(fourth ?? '')).toBe(false);
  });

  it('can be a silence: steps wait, and speak when it ends', async () => {
    const { dispatcher, clock, told } = open();
    dispatcher.accept([alert(down)]);
    await clock.advance(5 * minute);
    const { acknowledging } = dispatcher.escalation;
    const [first] = dispatcher.alerts();
    expect(first?.status).toBe('active');
    const [startsAt, endsAt] = [clock.now(), clock.now() + 20 * minute];
    const matchers = [{ name: 'runner', operator: '=' as const, value: 'a', test: (value: string) => value === 'a' }];
    const asked = { id: undefined, matchers, startsAt, endsAt, createdBy: 'me', comment: '' };
    expect(dispatcher.silences.set(asked).ok).toBe(true);
    await clock.advance(22 * minute);
    expect(acknowledging.all()).toEqual([]);
    expect(told).toEqual(['0 chat/webhook[0] firing Down', '1500 mail/webhook[0] firing Down']);
  });
});

describe('a link', () => {
  it('is in what steps tell of fires, and nowhere else', async () => {
    const { dispatcher, clock, sent } = open({ routing: routing.replace('receiver: nobody,', 'receiver: mail,') });
    dispatcher.accept([alert(down, { annotations: { summary: 'Down!' } })]);
    await clock.advance(minute);
    dispatcher.accept([resolved(down, clock.now())]);
    await clock.advance(6 * minute);
    const seen = sent.map((each) => {
      const { alerts, at, receiver } = each;
      return [receiver, alerts.map((one) => [alertStatus(one, at), Object.keys(one.annotations)])];
    });
    expect(seen).toEqual([
      ['chat', [['firing', ['summary', 'acknowledge_url']]]],
      ['mail', [['firing', ['summary']]]],
      ['chat', [['resolved', []]]],
      ['mail', [['resolved', []]]],
    ]);
    expect(chatOf(sent).alerts[0]?.annotations.acknowledge_url).toMatch(
      /^http:\/\/rw:9478\/ack\?chain=critical&group=[0-9a-f]{16}&at=\d+&expires=\d+&signature=[\w-]{43}$/,
    );
  });

  it('acknowledges the group as it was told, and nothing that began later', async () => {
    const { dispatcher, clock, told, sent } = open();
    const { acknowledging } = dispatcher.escalation;
    dispatcher.accept([alert(down)]);
    const query = queryOf(chatOf(sent));
    await clock.advance(5 * minute);
    dispatcher.accept([alert(other, { startsAt: clock.now() })]);
    expect(acknowledging.ask(query)).toEqual({
      ...{ state: 'open', chain: 'critical' },
      alerts: [{ alert: alert(down), acknowledgement: undefined }],
    });
    expect(acknowledging.all()).toEqual([]);
    expect(acknowledging.takeLink(query, me)).toMatchObject({
      state: 'taken',
      alerts: [{ acknowledgement: { by: 'me' } }],
    });
    await clock.advance(20 * minute);
    expect(told).toEqual([
      '0 chat/webhook[0] firing Down',
      '360 chat/webhook[0] firing Down',
      '1200 mail/webhook[0] firing Down',
    ]);
  });

  it('is nothing once its alerts have ended, also where they began anew', async () => {
    const { dispatcher, clock, sent } = open();
    dispatcher.accept([alert(down)]);
    const query = queryOf(chatOf(sent));
    await clock.advance(5 * minute);
    dispatcher.accept([resolved(down, clock.now())]);
    expect(dispatcher.escalation.acknowledging.ask(query)).toEqual({ state: 'over' });
    await clock.advance(5 * minute);
    dispatcher.accept([alert(down, { startsAt: clock.now() })]);
    expect(dispatcher.escalation.acknowledging.takeLink(query, me)).toEqual({ state: 'over' });
  });

  it('works after a restart, until it expires, and not where the chain is gone', async () => {
    const first = open();
    first.dispatcher.accept([alert(down)]);
    const query = queryOf(chatOf(first.sent));
    await first.stop();
    const { clock, database } = first;
    const second = open({ clock, database });
    second.dispatcher.accept([alert(down, { endsAt: start + 100 * 60 * minute })]);
    expect(second.dispatcher.escalation.acknowledging.ask(query).state).toBe('open');
    const third = open({ clock, database, escalations: [] });
    third.dispatcher.accept([alert(down, { endsAt: start + 100 * 60 * minute })]);
    expect(third.dispatcher.escalation.acknowledging.ask(query).state).toBe('over');
    await Promise.all([second.stop(), third.stop()]);
    await clock.advance((27 * 60 + 59) * minute + 29_999);
    expect(second.dispatcher.escalation.acknowledging.ask(query).state).toBe('open');
    await clock.advance(1);
    expect(second.dispatcher.escalation.acknowledging.takeLink(query, me)).toEqual({ state: 'expired' });
  });

  it('that was changed, made elsewhere or cut is refused, expired or not', () => {
    const { dispatcher, sent } = open();
    const elsewhere = open();
    for (const house of [dispatcher, elsewhere.dispatcher]) house.accept([alert(down)]);
    const query = queryOf(chatOf(sent));
    const { signature: _, ...unsigned } = query;
    const forged: readonly unknown[] = [
      queryOf(chatOf(elsewhere.sent)),
      { ...query, chain: 'other' },
      { ...query, group: '0'.repeat(16) },
      { ...query, at: String(Number(query.at) + 1) },
      { ...query, expires: String(Number(query.expires) + 1) },
      { ...query, expires: '1' },
      { ...query, expires: `0${query.expires}.0` },
      { ...query, signature: query.signature?.slice(1) },
      { ...query, signature: [query.signature, query.signature] },
      { ...query, signature: 'A'.repeat(43) },
      unsigned,
      {},
      undefined,
    ];
    for (const each of forged) {
      expect(dispatcher.escalation.acknowledging.ask(each)).toEqual({ state: 'refused' });
      expect(dispatcher.escalation.acknowledging.takeLink(each, me)).toEqual({ state: 'refused' });
    }
    expect(dispatcher.escalation.acknowledging.all()).toEqual([]);
  });

  it('is signed with the same key after a flush that could not be kept', async () => {
    const database = openDatabase(':memory:');
    const { dispatcher, clock, told, sent } = open({ database });
    const keys = () => database.all('SELECT key FROM acknowledgement_key');
    const [kept] = keys();
    database.run(`CREATE TEMP TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
    dispatcher.accept([alert(down)]);
    database.run('DROP TRIGGER full');
    await clock.advance(minute);
    expect(told).toEqual(['10 chat/webhook[0] firing Down']);
    expect(keys()).toEqual([kept]);
    expect(dispatcher.escalation.acknowledging.ask(queryOf(chatOf(sent))).state).toBe('open');
  });

  it('never shows its key', () => {
    const lines: string[] = [];
    const database = openDatabase(':memory:');
    const log = createLog({ level: 'trace', format: 'json', terminal: false }, { write: (line) => lines.push(line) });
    const { dispatcher, sent } = open({ database, log });
    dispatcher.accept([alert(down)]);
    dispatcher.escalation.acknowledging.takeLink(queryOf(chatOf(sent)), me);
    const key = String(database.all('SELECT key FROM acknowledgement_key')[0]?.key);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(lines.join('\n')).toContain('alert acknowledged');
    expect(lines.join('\n')).not.toContain(key);
    expect(lines.join('\n')).not.toContain(queryOf(chatOf(sent)).signature);
  });
});
