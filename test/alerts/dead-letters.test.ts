import { describe, expect, it } from 'vitest';
import { createDeadLetters } from '../../src/alerts/dead-letters.ts';
import { toMatcher } from '../../src/alerts/matchers.ts';
import type { Delivery } from '../../src/alerts/receivers/receiver.ts';
import { silentLog } from '../../src/lib/log.ts';
import { alertStatus, type Notification } from '../../src/model/alert.ts';
import { alert, type HouseOptions, openHouse, resolved, start } from './support/house.ts';

const routing = `
route: { receiver: team, group_by: [severity], group_wait: 0s, group_interval: 1m, repeat_interval: 10m }
receivers:
  - { name: team, webhook_configs: [{ url: "http://a/" }] }
  - { name: other, webhook_configs: [{ url: "http://b/" }] }
`;
const a = { alertname: 'A' };
const b = { alertname: 'B' };
const minute = 60_000;
const refusal: Delivery = { ok: false, retry: false, reason: 'client', message: 'status 400' };

/** A house whose receivers refuse all until they are mended. */
function open(over: Partial<HouseOptions> = {}) {
  const state = { isMended: false };
  const bodies: Notification[] = [];
  const answer = (notification: Notification): Delivery => {
    bodies.push(notification);
    return state.isMended ? { ok: true } : refusal;
  };
  const house = openHouse({ routing, answer, ...over });
  const letters = createDeadLetters({ ...house, log: silentLog });
  async function resend(ids: 'all' | readonly number[], to?: string) {
    state.isMended = true;
    const before = house.told.length;
    const result = letters.resend({ ids, to });
    await house.clock.advance(0);
    return { ...result, told: house.told.slice(before).map((line) => line.replace(/^\S+ /, '')) };
  }
  const resendAll = (to?: string) => resend('all', to);
  return { ...house, letters, resend, resendAll, bodies, state };
}

describe('a dead letter that is sent again', () => {
  it('is followed by the end of what has ended meanwhile, its group gone', async () => {
    const { dispatcher, clock, resendAll, letters, bodies } = open();
    dispatcher.accept([alert(a)]);
    await clock.advance(30_000);
    const endedAt = clock.now();
    dispatcher.accept([resolved(a, endedAt)]);
    await clock.advance(5 * minute);
    expect(dispatcher.stats()).toMatchObject({ groups: 0, alerts: 0 });
    expect(await letters.list()).toMatchObject([
      { status: 'firing', endedCount: 1, alerts: [{ status: 'firing', statusNow: 'resolved' }] },
    ]);
    const { resent, told } = await resendAll();
    expect([resent.length, told]).toEqual([1, ['team/webhook[0] firing A', 'team/webhook[0] resolved A']]);
    expect(bodies.at(-1)).toMatchObject({ reason: 'all alerts resolved', at: clock.now(), groupKey: '{}:{}' });
    expect(await letters.list()).toEqual([]);
  });

  it('is told with what still fires, and nothing twice', async () => {
    const { dispatcher, clock, resend, told, letters } = open();
    dispatcher.accept([alert(a), alert(b)]);
    await clock.advance(30_000);
    dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(5 * minute);
    expect((await letters.list())[0]).toMatchObject({ alertCount: 2, endedCount: 1 });
    const first = await resend([1]);
    expect(first.told).toEqual(['team/webhook[0] firing A,B', 'team/webhook[0] firing B resolved A']);
    await clock.advance(2 * minute);
    const before = told.length;
    dispatcher.accept([resolved(b, clock.now())]);
    await clock.advance(20 * minute);
    expect(told.slice(before).map((line) => line.replace(/^\S+ /, ''))).toEqual(['team/webhook[0] resolved B']);
  });

  it('is followed by the end, though the alert was silenced since and ends later', async () => {
    const { dispatcher, clock, resendAll, told } = open();
    dispatcher.accept([alert(a)]);
    await clock.advance(30_000);
    const matchers = [toMatcher('alertname', '=', 'A')];
    const silence = { id: undefined, matchers, createdBy: 'me', comment: 'x', startsAt: clock.now() };
    expect(dispatcher.silences.set({ ...silence, endsAt: clock.now() + 600 * minute }).ok).toBe(true);
    await clock.advance(5 * minute);
    expect((await resendAll()).told).toEqual(['team/webhook[0] firing A']);
    await clock.advance(30 * minute);
    const before = told.length;
    dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(2 * minute);
    expect(told.slice(before).map((line) => line.replace(/^\S+ /, ''))).toEqual(['team/webhook[0] resolved A']);
  });

  it('tells the end to another receiver too, and none to one that wants no ends', async () => {
    for (const wants of [true, false]) {
      const text = routing.replace('"http://b/"', `"http://b/", send_resolved: ${wants}`);
      const { dispatcher, clock, resendAll } = open({ routing: text });
      dispatcher.accept([alert(a)]);
      await clock.advance(30_000);
      dispatcher.accept([resolved(a, clock.now())]);
      await clock.advance(5 * minute);
      expect((await resendAll('other')).told).toEqual([
        'other/webhook[0] firing A',
        ...(wants ? ['other/webhook[0] resolved A'] : []),
      ]);
    }
  });

  it('does not leave a receiver with an end where the alert fires again', async () => {
    const { dispatcher, clock, resendAll, state, told } = open();
    state.isMended = true;
    dispatcher.accept([alert(a)]);
    await clock.advance(30_000);
    state.isMended = false;
    dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(minute);
    state.isMended = true;
    dispatcher.accept([alert(a, { startsAt: clock.now() })]);
    await clock.advance(2 * minute);
    expect(told.at(-1)).toMatch(/firing A$/);
    expect((await resendAll()).told).toEqual(['team/webhook[0] resolved A']);
    await clock.advance(minute);
    expect(told.at(-1)).toMatch(/firing A$/);
  });

  it('waits where a start was so short ago that nobody can know whether its alerts fire', async () => {
    const first = open();
    first.dispatcher.accept([alert(a)]);
    await first.clock.advance(30_000);
    await first.stop();
    const { database, clock } = first;
    // Another process has another database object over the same file.
    const second = open({ clock, database: { ...database } });
    expect(await second.letters.list()).toMatchObject([{ endedCount: 0, alerts: [{ statusNow: undefined }] }]);
    await clock.advance(minute);
    expect(await second.resendAll()).toMatchObject({
      resent: [],
      refused: [{ reason: 'soon after a start it is not known whether its alerts still fire: send it again in 60 s' }],
      told: [],
    });
    second.dispatcher.accept([alert(a)]);
    expect((await second.resendAll()).told).toContain('team/webhook[0] firing A');
    expect(alertStatus(alert(a), start)).toBe('firing');
  });
});

describe('a repetition that is given up', () => {
  it('takes nothing from what the receiver knew: the end of that is told', async () => {
    const { dispatcher, clock, told, state } = open();
    state.isMended = true;
    dispatcher.accept([alert(a)]);
    await clock.advance(5 * minute);
    state.isMended = false;
    // The first repetition, and what is told anew at each flush after it.
    await clock.advance(10 * minute);
    expect(told.length).toBeGreaterThan(3);
    state.isMended = true;
    const before = told.length;
    dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(2 * minute);
    expect(told.slice(before).map((line) => line.replace(/^\S+ /, ''))).toEqual(['team/webhook[0] resolved A']);
  });

  it('tells no end of what the receiver never heard of', async () => {
    const { dispatcher, clock, told } = open();
    dispatcher.accept([alert(a)]);
    await clock.advance(5 * minute);
    const before = told.length;
    dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(2 * minute);
    expect(told.slice(before)).toEqual([]);
  });
});
