import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/alerts/receivers/receiver.ts';
import { createNotificationLog } from '../../src/state/notification-log.ts';
import { createOutbox } from '../../src/state/outbox.ts';
import { alert, openHouse, resolved, start } from './support/house.ts';

const routing = `
route: { receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1m, repeat_interval: 10m }
receivers: [{ name: team, webhook_configs: [{ url: "http://a/" }] }]
`;
const two = routing.replace('[{ url: "http://a/" }]', '[{ url: "http://a/" }, { url: "http://b/" }]');
const a = { alertname: 'A' };
const b = { alertname: 'B' };
const minute = 60_000;
const hour = 60 * minute;

const server: Delivery = { ok: false, retry: true, reason: 'server', message: 'status 503' };
const client: Delivery = { ok: false, retry: false, reason: 'client', message: 'status 400' };

function seconds(told: readonly string[]): readonly number[] {
  return told.map((line) => Number(line.split(' ')[0]));
}

describe('the delivery', () => {
  it('tries again, twice as long each time, and counts', async () => {
    const { dispatcher, clock, told, counts, delivery } = openHouse({
      routing,
      answer: (_, attempt) => (attempt < 4 ? server : { ok: true }),
    });
    dispatcher.accept([alert(a)]);
    await clock.advance(0);
    await clock.advance(20_000);
    expect(seconds(told)).toEqual([0, 1, 3, 7, 15]);
    expect([...counts]).toEqual([
      ['webhook retry', 4],
      ['webhook success', 1],
    ]);
    expect(delivery.pending()).toBe(0);
  });

  it('waits as long as it is told to', async () => {
    const slow: Delivery = {
      ok: false,
      retry: true,
      reason: 'rate-limit',
      message: 'status 429',
      retryAfterMs: 40_000,
    };
    const { dispatcher, clock, told } = openHouse({
      routing,
      answer: (_, attempt) => (attempt < 1 ? slow : { ok: true }),
    });
    dispatcher.accept([alert(a)]);
    await clock.advance(0);
    await clock.advance(50_000);
    expect(seconds(told)).toEqual([0, 40]);
  });

  it('sends a receiver nothing of any group while it is told to wait, and others go on', async () => {
    const slow = { ok: false, retry: true, reason: 'rate-limit', message: 'status 429', retryAfterMs: 40_000 } as const;
    const { dispatcher, clock, told } = openHouse({
      routing: two,
      answer: (_, attempt) => (attempt < 1 ? slow : { ok: true }),
    });
    dispatcher.accept([alert(a)]);
    await clock.advance(0);
    await clock.advance(1000);
    dispatcher.accept([alert(b)]);
    await clock.advance(50_000);
    expect(told).toEqual([
      '0 team/webhook[0] firing A',
      '0 team/webhook[1] firing A',
      '1 team/webhook[1] firing B',
      '40 team/webhook[0] firing B',
      '40 team/webhook[0] firing A',
    ]);
  });

  it('lets a receiver rest as long as it asked for longest', async () => {
    const limited = { ok: false, retry: true, reason: 'rate-limit', message: 'status 429' } as const;
    const { dispatcher, clock, told } = openHouse({
      routing,
      answer: async (_, attempt) => {
        if (attempt === 0) return { ...limited, retryAfterMs: 40_000 };
        if (attempt > 1) return { ok: true };
        await clock.sleep(1000);
        return limited;
      },
    });
    dispatcher.accept([alert(a), alert(b)]);
    await clock.advance(0);
    await clock.advance(5000);
    expect(seconds(told)).toEqual([0, 0]);
    await clock.advance(40_000);
    expect(seconds(told).slice(2)).toEqual([40, 40]);
  });

  it('keeps what is refused as a dead letter, and tells it anew at the next flush', async () => {
    const { dispatcher, clock, told, counts, database } = openHouse({
      routing,
      answer: (_, attempt) => (attempt < 1 ? client : { ok: true }),
    });
    dispatcher.accept([alert(a)]);
    await clock.advance(minute);
    expect(seconds(told)).toEqual([0, 60]);
    expect(Object.fromEntries(counts)).toEqual({ 'webhook dead': 1, 'webhook success': 1 });
    const [dead] = createOutbox(database).dead();
    expect([dead?.queue, dead?.reason, dead?.notification.groupKey, dead?.attempts]).toEqual([
      'team/webhook[0]',
      'status 400',
      '{}:{alertname="A"}',
      1,
    ]);
  });

  it('gives up after a day', async () => {
    const text = routing.replace('repeat_interval: 10m', 'repeat_interval: 30d');
    const { dispatcher, clock, database } = openHouse({ routing: text, answer: () => server });
    dispatcher.accept([alert(a, { endsAt: start + 1000 * hour })]);
    await clock.advance(24 * hour + 6 * minute);
    expect(
      createOutbox(database)
        .dead()
        .map(({ reason }) => reason),
    ).toEqual(['not accepted for 24 h']);
  });

  it('lets no slow integration, and no failing group, hold up another', async () => {
    const never = new Promise<Delivery>(() => undefined);
    const { dispatcher, told, clock } = openHouse({
      routing: two,
      answer: ({ groupKey }, attempt) => (groupKey.includes('"A"') && attempt < 2 ? never : { ok: true }),
    });
    dispatcher.accept([alert(a)]);
    dispatcher.accept([alert(b)]);
    await clock.advance(0);
    expect(told.slice(2)).toEqual(['0 team/webhook[0] firing B', '0 team/webhook[1] firing B']);
  });

  it('ends an attempt after 10 s', async () => {
    const { dispatcher, clock, told } = openHouse({
      routing,
      answer: (_, attempt) => (attempt < 1 ? new Promise(() => undefined) : { ok: true }),
    });
    dispatcher.accept([alert(a)]);
    await clock.advance(12_000);
    expect(seconds(told)).toEqual([0, 11]);
  });

  it('leaves out repetitions that piled up, and keeps firing and resolved in order', async () => {
    let isDown = true;
    const { dispatcher, clock, told, counts } = openHouse({ routing, answer: () => (isDown ? server : { ok: true }) });
    dispatcher.accept([alert(a)]);
    await clock.advance(45 * minute);
    dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(minute);
    const before = told.length;
    isDown = false;
    await clock.advance(6 * minute);
    expect(told.slice(before).map((line) => line.replace(/^\d+ /, ''))).toEqual([
      'team/webhook[0] firing A',
      'team/webhook[0] resolved A',
    ]);
    expect(counts.get('webhook superseded')).toBe(4);
  });

  it('sends after a restart what was decided before it, at once and in order', async () => {
    const first = openHouse({ routing, answer: () => server });
    first.dispatcher.accept([alert(a)]);
    await first.clock.advance(50_000);
    await first.stop();
    expect(first.delivery.pending()).toBe(1);
    const { clock, database } = first;
    const second = openHouse({ routing, clock, database });
    await clock.advance(0);
    expect(second.told).toEqual(['50 team/webhook[0] firing A']);
    expect(second.delivery.pending()).toBe(0);
  });

  it('buries what is for a receiver that is gone', async () => {
    const first = openHouse({ routing, answer: () => server });
    first.dispatcher.accept([alert(a)]);
    await first.stop();
    const { clock, database } = first;
    const second = openHouse({ routing: routing.replaceAll('team', 'crew'), clock, database });
    await clock.advance(0);
    expect(second.counts.get('webhook dead')).toBe(1);
    expect(createOutbox(database).dead()[0]?.reason).toBe('the receiver is no longer configured');
    expect(createNotificationLog(database).get('{}:{alertname="A"}', 'team/webhook[0]')).toBeUndefined();
  });

  it('drains: waits for what is under way', async () => {
    const { promise, resolve } = Promise.withResolvers<Delivery>();
    const { dispatcher, delivery, clock } = openHouse({ routing, answer: () => promise });
    dispatcher.accept([alert(a)]);
    const drained = delivery.drain(5000);
    await clock.advance(1000);
    resolve({ ok: true });
    expect(await drained).toBe(true);
  });

  it('drains: ends at its deadline and keeps what is unsent', async () => {
    let signal: AbortSignal | undefined;
    const { dispatcher, delivery, clock, counts } = openHouse({
      routing,
      answer: (_, __, ended) => {
        signal = ended;
        return new Promise(() => undefined);
      },
    });
    dispatcher.accept([alert(a)]);
    const drained = delivery.drain(5000);
    await clock.advance(5000);
    expect(await drained).toBe(false);
    expect([signal?.aborted, delivery.pending(), counts.size]).toEqual([true, 1, 0]);
  });
});
