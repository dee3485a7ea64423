import { describe, expect, it } from 'vitest';
import { toMatcher } from '../../src/alerts/matchers.ts';
import type { Delivery } from '../../src/alerts/receivers/receiver.ts';
import type { Labels } from '../../src/model/labels.ts';
import type { Database } from '../../src/state/database.ts';
import { createDecisions, type Decision } from '../../src/state/decisions.ts';
import { alert, openHouse, resolved, start } from './support/house.ts';

const routing = `
route: { receiver: team, group_by: [cluster], group_wait: 0s, group_interval: 1m, repeat_interval: 10m30s }
receivers: [{ name: team, webhook_configs: [{ url: "http://a/" }] }]
inhibit_rules:
  - { source_matchers: [alertname=Source], target_matchers: [alertname=Target] }
`;
const a = { alertname: 'A', cluster: 'x' };
const minute = 60_000;
const server: Delivery = { ok: false, retry: true, reason: 'server', message: 'status 503' };

/** The oldest first, with the minutes since the start: `told first notification 0-5 ×2 until 10`. */
function story(database: Database, labels: Labels): readonly string[] {
  const about = createDecisions(database).about(alert(labels).fingerprint, 100);
  return [...about].sort((x, y) => x.id - y.id).map(line);
}

const minutes = (at: number): number => (at - start) / minute;

function line({ what, reason, lastReason, until, firstAt, lastAt, count }: Decision): string {
  const words = `${what}: ${reason}${lastReason === undefined ? '' : ` … ${lastReason}`}`;
  const times = `${minutes(firstAt)}-${minutes(lastAt)} ×${count}`;
  return `${words}; ${times}${until === undefined ? '' : ` until ${minutes(until)}`}`;
}

describe('what is kept of flushes', () => {
  it('is a row for each decision that differs, however often it is made', async () => {
    const { dispatcher, clock, database } = openHouse({ routing });
    dispatcher.accept([alert(a)]);
    await clock.advance(0);
    await clock.advance(25 * minute);
    dispatcher.accept([resolved(a, clock.now())]);
    await clock.advance(minute);
    expect(story(database, a)).toEqual([
      'told: first notification … repeat interval elapsed; 0-22 ×3',
      'accepted: accepted at attempt 1 … accepted at attempt 1; 0-26 ×4',
      'suppressed: already told to team/webhook[0]; 1-25 ×23 until 32.5',
      'told: all alerts resolved; 26-26 ×1',
    ]);
  });

  it('is there again for what is told after the store forgot it', async () => {
    const { dispatcher, clock, database } = openHouse({ routing });
    dispatcher.accept([alert(a)]);
    await clock.advance(minute);
    createDecisions(database).sweep(start + 30 * 24 * 60 * minute);
    expect(story(database, a)).toEqual([]);
    await clock.advance(10 * minute);
    expect(story(database, a).filter((each) => each.startsWith('told'))).toEqual([
      'told: repeat interval elapsed; 11-11 ×1',
    ]);
  });

  it('names the silence, who made it and why, until its end', async () => {
    const { dispatcher, clock, database } = openHouse({ routing });
    const matchers = [toMatcher('alertname', '=', 'A')];
    const times = { startsAt: start, endsAt: start + 90_000 };
    const made = dispatcher.silences.set({
      id: undefined,
      matchers,
      ...times,
      createdBy: 'ann',
      comment: 'new "disk"',
    });
    dispatcher.accept([alert(a)]);
    await clock.advance(2 * minute);
    expect(story(database, a)).toEqual([
      `suppressed: silenced by ${made.ok && made.id} of ann: "new \\"disk\\""; 0-1 ×2 until 1.5`,
      'told: first notification; 2-2 ×1',
      'accepted: accepted at attempt 1; 2-2 ×1',
    ]);
  });

  it('names the alert that inhibits', async () => {
    const { dispatcher, clock, database } = openHouse({ routing });
    const [source, target] = [
      { alertname: 'Source', cluster: 's' },
      { alertname: 'Target', cluster: 't' },
    ];
    dispatcher.accept([alert(source), alert(target)]);
    await clock.advance(minute);
    const { fingerprint } = alert(source);
    expect(story(database, target)).toEqual([
      `suppressed: inhibited by Source{cluster="s"} (fingerprint ${fingerprint}); 0-1 ×2`,
    ]);
  });

  it('says which end was not wanted, and what ended before it was told', async () => {
    const text = routing
      .replace('{ url: "http://a/" }', '{ url: "http://a/", send_resolved: false }')
      .replace('group_wait: 0s', 'group_wait: 30s');
    const { dispatcher, clock, database } = openHouse({ routing: text });
    dispatcher.accept([alert(a)]);
    await clock.advance(minute);
    dispatcher.accept([resolved(a, clock.now())]);
    const b = { alertname: 'B', cluster: 'y' };
    dispatcher.accept([alert(b, { startsAt: clock.now(), endsAt: clock.now() + 1000 })]);
    await clock.advance(minute);
    expect(story(database, a).at(-1)).toBe(
      'suppressed: it has ended, and this receiver has send_resolved: false; 1.5-1.5 ×1',
    );
    const groups = createDecisions(database).latest({ groupKey: '{}:{cluster="y"}', queue: 'team/webhook[0]' });
    expect(groups.map(line)).toEqual(['suppressed: it ended before it was told; 1.5-1.5 ×1']);
  });

  it('says how a delivery went', async () => {
    const { dispatcher, clock, database } = openHouse({
      routing,
      answer: (_, attempt) => (attempt < 2 ? server : { ok: true }),
    });
    dispatcher.accept([alert(a)]);
    await clock.advance(0);
    await clock.advance(3000);
    expect(story(database, a)).toEqual([
      'told: first notification; 0-0 ×1',
      `retried: status 503 … status 503; 0-${1 / 60} ×2 until 0.05`,
      'accepted: accepted at attempt 3; 0.05-0.05 ×1',
    ]);
  });

  it('goes on after a restart where it was', async () => {
    const first = openHouse({ routing });
    first.dispatcher.accept([alert(a)]);
    await first.clock.advance(2 * minute);
    await first.stop();
    const { clock, database } = first;
    const second = openHouse({ routing, clock, database });
    second.dispatcher.accept([alert(a)]);
    await clock.advance(minute);
    expect(story(database, a).at(-1)).toBe('suppressed: already told to team/webhook[0]; 1-3 ×4 until 10.5');
  });

  it('is nothing of a flush that could not be kept', async () => {
    const { dispatcher, clock, database } = openHouse({ routing });
    dispatcher.accept([alert(a)]);
    await clock.advance(minute);
    database.run('ALTER TABLE notification_log RENAME TO gone');
    await clock.advance(minute);
    database.run('ALTER TABLE gone RENAME TO notification_log');
    await clock.advance(minute);
    expect(story(database, a).at(-1)).toMatch(
      /^suppressed: already told to team\/webhook\[0\]; 1-[\d.]+ ×[23] until 10.5$/,
    );
  });
});
