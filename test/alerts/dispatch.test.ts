import { describe, expect, it } from 'vitest';
import { withoutToldEnds } from '../../src/alerts/told-ends.ts';
import { createLog } from '../../src/lib/log.ts';
import { openDatabase } from '../../src/state/database.ts';
import { alert, openHouse, resolved, start } from './support/house.ts';

function routing(keys: string, rest = '', webhook = '{ url: "http://a/" }'): string {
  return `
route: { receiver: team, group_by: [cluster], ${keys} }
receivers:
  - name: team
    webhook_configs: [${webhook}]
${rest}`;
}

const usual = 'group_wait: 30s, group_interval: 5m, repeat_interval: 4h';
const a = { alertname: 'A', cluster: 'x' };
const b = { alertname: 'B', cluster: 'x' };
const minute = 60_000;

describe('the dispatcher', () => {
  it('waits group_wait, then tells the group at once', async () => {
    const { dispatcher, clock, told } = openHouse({ routing: routing(usual) });
    dispatcher.accept([alert(a)]);
    await clock.advance(20_000);
    dispatcher.accept([alert(b, { startsAt: clock.now() })]);
    await clock.advance(10_000);
    expect(told).toEqual(['30 team/webhook[0] firing A,B']);
  });

  it('tells what is new in a group, what is newly resolved, and the end of all, each at group_interval', async () => {
    const { dispatcher, clock, told } = openHouse({ routing: routing(usual) });
    dispatcher.accept([alert(a)]);
    await clock.advance(minute);
    dispatcher.accept([alert(b)]);
    await clock.advance(5 * minute);
    dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(5 * minute);
    dispatcher.accept([resolved(b, clock.now())]);
    await clock.advance(5 * minute);
    expect(told).toEqual([
      '30 team/webhook[0] firing A',
      '330 team/webhook[0] firing A,B',
      '630 team/webhook[0] firing B resolved A',
      '930 team/webhook[0] resolved B',
    ]);
    expect(dispatcher.stats().groups).toBe(0);
  });

  it('repeats with the flush after repeat_interval, as Alertmanager does', async () => {
    const { dispatcher, clock, told } = openHouse({
      routing: routing('group_wait: 0s, group_interval: 5m, repeat_interval: 1h'),
    });
    dispatcher.accept([alert(a)]);
    await clock.advance(135 * minute);
    expect(told.map((line) => line.split(' ')[0])).toEqual(['0', '3900', '7800']);
  });

  it('flushes at once with a group_wait of 0, before accept returns', () => {
    const { dispatcher, told } = openHouse({ routing: routing('group_wait: 0s') });
    dispatcher.accept([alert(a)]);
    expect(told).toEqual(['0 team/webhook[0] firing A']);
  });

  it('does not let an alert wait again that is older than group_wait', () => {
    const { dispatcher, told } = openHouse({ routing: routing(usual) });
    dispatcher.accept([alert(a, { startsAt: start - minute })]);
    expect(told).toEqual(['0 team/webhook[0] firing A']);
  });

  it('lets a group wait to its end where an old alert joins it', async () => {
    const { dispatcher, clock, told } = openHouse({ routing: routing(usual) });
    dispatcher.accept([alert(a)]);
    await clock.advance(10_000);
    dispatcher.accept([alert(b, { startsAt: start - 60 * minute })]);
    await clock.advance(25_000);
    expect(told).toEqual(['30 team/webhook[0] firing A,B']);
  });

  it('says nothing of an alert that came and went within group_wait', async () => {
    const { dispatcher, clock, told } = openHouse({ routing: routing(usual) });
    dispatcher.accept([alert(a)]);
    await clock.advance(10_000);
    dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(20 * minute);
    expect(told).toEqual([]);
  });

  it('takes an alert for resolved that nobody says any more', async () => {
    const { dispatcher, clock, told } = openHouse({ routing: routing('group_wait: 0s, group_interval: 1m') });
    dispatcher.accept([alert(a, { endsAt: start + 90_000 })]);
    await clock.advance(3 * minute);
    expect(told).toEqual(['0 team/webhook[0] firing A', '120 team/webhook[0] resolved A']);
  });

  it('does not tell the end to a receiver that does not want it, and starts anew after it', async () => {
    const text = routing('group_wait: 0s, group_interval: 1m', '', '{ url: "http://a/", send_resolved: false }');
    const { dispatcher, clock, told } = openHouse({ routing: text });
    dispatcher.accept([alert(a)]);
    dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(2 * minute);
    dispatcher.accept([alert(a, { startsAt: clock.now() })]);
    expect(told).toEqual(['0 team/webhook[0] firing A', '120 team/webhook[0] firing A']);
  });

  it('does not say again after a restart what was said before it', async () => {
    const text = routing('group_wait: 0s, group_interval: 1m');
    const first = openHouse({ routing: text });
    first.dispatcher.accept([alert(a)]);
    await first.clock.advance(10_000);
    await first.stop();
    const { clock, database } = first;
    const second = openHouse({ routing: text, clock, database });
    second.dispatcher.accept([alert(a)]);
    await clock.advance(minute);
    second.dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(minute);
    expect([first.told, second.told]).toEqual([['0 team/webhook[0] firing A'], ['130 team/webhook[0] resolved A']]);
  });

  it('does not say an end again after a restart that a group which changed since was told', async () => {
    const text = routing('group_wait: 0s, group_interval: 1m');
    const first = openHouse({ routing: text });
    const { clock, database } = first;
    first.dispatcher.accept([alert(a), alert(b)]);
    const ends = resolved(b, clock.now());
    first.dispatcher.accept([ends]);
    await clock.advance(minute);
    const c = { alertname: 'C', cluster: 'x' };
    first.dispatcher.accept([alert(c)]);
    await clock.advance(minute);
    await first.stop();
    expect(first.told.slice(1)).toEqual(['60 team/webhook[0] firing A resolved B', '120 team/webhook[0] firing A,C']);

    const second = openHouse({ routing: text, clock, database });
    const news = withoutToldEnds({ database, clock });
    second.dispatcher.accept(news([alert(a), ends, resolved(c, clock.now())]));
    await clock.advance(minute);
    expect(second.told).toEqual(['120 team/webhook[0] firing A resolved C']);
    second.dispatcher.accept(news([resolved(a, clock.now())]));
    await clock.advance(minute);
    expect(second.told.slice(1)).toEqual(['240 team/webhook[0] resolved A']);
  });

  it('holds back what is inhibited, says why, and tells it when the source ends', async () => {
    const inhibit =
      'inhibit_rules:\n  - { source_matchers: [alertname=A], target_matchers: [alertname=B], equal: [cluster] }';
    const { dispatcher, clock, told } = openHouse({ routing: routing('group_wait: 0s, group_interval: 1m', inhibit) });
    // One batch: the target comes first and is inhibited all the same.
    dispatcher.accept([alert(b), alert(a)]);
    const [group] = dispatcher.groups();
    const [source, target] = [alert(a).fingerprint, alert(b).fingerprint];
    expect(group?.suppressed).toEqual([
      {
        fingerprint: target,
        reason: `inhibited by fingerprint ${source}`,
        by: 'inhibition',
        sources: [source],
      },
    ]);
    expect(dispatcher.stats().suppressed.get('inhibition')).toBe(1);
    const views = dispatcher.alerts().map((view) => [view.alert.labels.alertname, view.status, view.inhibitedBy]);
    expect(views).toEqual([
      ['B', 'suppressed', [source]],
      ['A', 'active', []],
    ]);
    dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(minute);
    expect(told).toEqual(['0 team/webhook[0] firing A', '60 team/webhook[0] firing B resolved A']);
  });

  it('says why it says nothing', async () => {
    const { dispatcher, clock } = openHouse({ routing: routing('group_wait: 0s, group_interval: 1m') });
    dispatcher.accept([alert(a)]);
    await clock.advance(minute);
    expect(dispatcher.groups()[0]?.suppressed).toEqual([
      {
        ...{ fingerprint: undefined, reason: 'already told to team/webhook[0]', by: undefined, sources: [] },
        until: start + 240 * minute,
      },
    ]);
  });

  it('drops and counts what is beyond its bounds', () => {
    const text = routing('group_wait: 0s').replace('[cluster]', "['...']");
    const { dispatcher, clock, database, delivery } = openHouse({ routing: text });
    expect([clock.now(), delivery.pending()]).toEqual([start, 0]);
    const many = Array.from({ length: 10_001 }, (_, index) => alert({ alertname: 'A', instance: String(index) }));
    dispatcher.accept(many);
    expect(dispatcher.stats()).toMatchObject({ groups: 10_000, alerts: 10_001, dropped: 1 });
    database[Symbol.dispose]();
  });

  it('keeps the groups of two routes apart though their keys are the same', () => {
    const text = `
route:
  receiver: team
  group_wait: 0s
  routes: [{ matchers: [cluster=x], continue: true }, { matchers: [cluster=x], receiver: other }]
receivers: [{ name: team, webhook_configs: [{ url: "http://a/" }] }, { name: other, webhook_configs: [{ url: "http://b/" }] }]
`;
    const { dispatcher, told } = openHouse({ routing: text });
    dispatcher.accept([alert(a)]);
    expect(told.sort()).toEqual(['0 other/webhook[0] firing A', '0 team/webhook[0] firing A']);
  });

  it('logs each notification once where no receiver is configured', async () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const log = createLog({ level: 'info', format: 'json', terminal: false }, { write });
    const { dispatcher, clock } = openHouse({
      routing: 'route: { receiver: none }\nreceivers: [{ name: none }]\n',
      log,
    });
    dispatcher.accept([alert(a)]);
    await clock.advance(20 * minute);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { msg: 'notification', receiver: 'none', group: '{}:{}', alerts: ['A'], firing: 1, reason: 'first notification' },
    ]);
  });

  it('tells again at the next flush what could not be kept on disk', async () => {
    const database = openDatabase(':memory:');
    let isFull = true;
    const failing = {
      ...database,
      transaction<T>(work: () => T): T {
        if (isFull) throw new Error('database or disk is full');
        return database.transaction(work);
      },
    };
    const { dispatcher, clock, told } = openHouse({ routing: routing('group_wait: 0s'), database: failing });
    dispatcher.accept([alert(a)]);
    await clock.advance(5000);
    isFull = false;
    await clock.advance(5000);
    expect(told).toEqual(['10 team/webhook[0] firing A']);
  });
});
