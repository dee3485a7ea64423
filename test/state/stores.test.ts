import { describe, expect, it } from 'vitest';
import { createAlertStateStore, type StoredAlert } from '../../src/state/alert-state.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createNotificationLog } from '../../src/state/notification-log.ts';
import { createOutbox } from '../../src/state/outbox.ts';

const notification = {
  groupKey: '{}:{}',
  receiver: 'team',
  groupLabels: {},
  alerts: [],
  at: 1000,
  truncatedAlerts: 0,
  reason: 'first notification' as const,
};

describe('the outbox', () => {
  it('keeps order, counts attempts and forgets what was accepted', () => {
    using database = openDatabase(':memory:');
    const outbox = createOutbox(database);
    const first = outbox.add('a', notification, 1000);
    const second = outbox.add('a', notification, 2000);
    outbox.postpone(first, 9000);
    expect(outbox.beyond('a', 0)).toEqual([
      { id: first, groupKey: '{}:{}', createdAt: 1000, attempts: 1, dueAt: 9000 },
      { id: second, groupKey: '{}:{}', createdAt: 2000, attempts: 0, dueAt: 2000 },
    ]);
    expect(outbox.nextDue(2000)).toBe(9000);
    outbox.makeDue(3000);
    expect(outbox.beyond('a', 0).map(({ dueAt }) => dueAt)).toEqual([3000, 2000]);
    outbox.remove(first);
    expect(outbox.notification(second)).toEqual(notification);
    expect([outbox.pending(), outbox.queues()]).toEqual([1, ['a']]);
  });

  it('keeps the newest dead letters, and only so many', () => {
    using database = openDatabase(':memory:');
    const outbox = createOutbox(database, 2);
    for (const at of [1, 2, 3]) outbox.bury(outbox.add('a', notification, at), at, `because ${at}`);
    expect(outbox.dead().map(({ reason }) => reason)).toEqual(['because 2', 'because 3']);
    expect(outbox.pending()).toBe(0);
  });

  it('lets a dead letter wait again, with its content and as a new one', () => {
    using database = openDatabase(':memory:');
    const outbox = createOutbox(database);
    const id = outbox.add('a', notification, 1);
    outbox.postpone(id, 2);
    const change = { queue: 'b', notification: { ...notification, receiver: 'other' } };
    expect(outbox.revive(id, change, 8)).toBe(false);
    outbox.bury(id, 5, 'refused', true);
    expect(outbox.dead()).toMatchObject([{ id, attempts: 2, deadAt: 5, reason: 'refused', notification }]);
    expect([outbox.deadCount(), outbox.waiting('a', '{}:{}')]).toEqual([1, []]);
    expect(outbox.revive(id, change, 8)).toBe(true);
    expect(outbox.waiting('b', '{}:{}')).toEqual([{ id, groupKey: '{}:{}', createdAt: 8, attempts: 0, dueAt: 8 }]);
    expect([outbox.deadCount(), outbox.notification(id)?.receiver]).toEqual([0, 'other']);
  });
});

describe('the notification log', () => {
  it('keeps the last word of each queue until it expires', () => {
    using database = openDatabase(':memory:');
    const log = createNotificationLog(database);
    const entry = { groupKey: 'g', queue: 'a', firing: ['1'], resolved: [], held: ['2'], at: 1, expiresAt: 10 };
    log.put(entry);
    log.put({ ...entry, firing: ['1', '2'] });
    log.put({ ...entry, queue: 'b', expiresAt: 20 });
    expect(log.get('g', 'a')?.firing).toEqual(['1', '2']);
    expect(log.expire(10)).toBe(1);
    expect([log.get('g', 'a'), log.get('g', 'b')?.queue]).toEqual([undefined, 'b']);
  });
});

describe('the alert state', () => {
  const alert: StoredAlert = {
    rule: 'r',
    fingerprint: 'f',
    labels: { alertname: 'Down' },
    annotations: {},
    phase: 'pending',
    value: Number.NaN,
    activeAt: 1,
    firedAt: undefined,
    resolvedAt: undefined,
    keepFiringSince: undefined,
    generatorURL: '',
  };

  it('gives back what was saved, NaN included', () => {
    using database = openDatabase(':memory:');
    const store = createAlertStateStore(database);
    expect([store.load(), store.lastEvaluation()]).toEqual([[], undefined]);
    store.save([alert, { ...alert, fingerprint: 'g', value: Number.POSITIVE_INFINITY }], [], 5);
    store.save([], [{ rule: 'r', fingerprint: 'g' }], 6);
    expect([store.load(), store.lastEvaluation()]).toEqual([[alert], 6]);
  });
});
