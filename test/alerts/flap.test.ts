import { describe, expect, it } from 'vitest';
import { createFlapDamper } from '../../src/alerts/flap.ts';
import { FlapDamping } from '../../src/alerts/flap-schema.ts';
import { createLog, silentLog } from '../../src/lib/log.ts';
import type { Notification } from '../../src/model/alert.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createDecisions } from '../../src/state/decisions.ts';
import { createFlapStore } from '../../src/state/flapping.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SettableClock } from '../support/settable-clock.ts';
import { alert, type House, openHouse, resolved, start } from './support/house.ts';

const routing = `
route: { receiver: team, group_by: [cluster], group_wait: 0s, group_interval: 1m, repeat_interval: 4h }
receivers: [{ name: team, webhook_configs: [{ url: "http://a/" }] }]
`;
const quiet = `
route: { receiver: nobody }
receivers: [{ name: nobody }, { name: team, webhook_configs: [{ url: "http://a/" }] }]
`;
const flapDamping = FlapDamping.parse({ changes: 3, within: '30m', steady_for: '10m' });
const a = { alertname: 'A', cluster: 'x' };
const b = { alertname: 'B', cluster: 'x' };
const minute = 60_000;
const words = 'it changed 3 times within 30m and counts as firing until it is steady for 10m';

/** As a Prometheus says it: four minutes long unless it is said again. */
function sayFiring({ dispatcher, clock }: House, labels = a): void {
  dispatcher.accept([alert(labels, { startsAt: clock.now(), endsAt: clock.now() + 4 * minute })]);
}

function sayResolved({ dispatcher, clock }: House, labels = a): void {
  dispatcher.accept([resolved(labels, clock.now())]);
}

/** Says it every minute: `f` for firing, `r` for resolved, `.` for nothing. */
async function say(house: House, pattern: string): Promise<void> {
  for (const each of pattern) {
    if (each === 'f') sayFiring(house);
    if (each === 'r') sayResolved(house);
    await house.clock.advance(minute);
  }
}

/** As `say`, with the times of a rule: `f` after `r` begins anew; the first `f` is part of what began then. */
async function sayEpisodes(house: House, pattern: string, begunAt = house.clock.now()): Promise<void> {
  let [startsAt, endsAt] = [begunAt, 0];
  for (const each of pattern) {
    const now = house.clock.now();
    if (each === 'f' && endsAt > 0) startsAt = now;
    endsAt = each === 'f' ? 0 : endsAt || now;
    house.dispatcher.accept([alert(a, { startsAt, endsAt: endsAt || now + 4 * minute })]);
    await house.clock.advance(minute);
  }
}

describe('an alert that flaps', () => {
  it('is told each time where nothing is damped', async () => {
    const house = openHouse({ routing });
    await say(house, 'frfrfr');
    expect(house.told).toEqual([
      '0 team/webhook[0] firing A',
      '120 team/webhook[0] resolved A',
      '120 team/webhook[0] firing A',
      '240 team/webhook[0] resolved A',
      '240 team/webhook[0] firing A',
      '360 team/webhook[0] resolved A',
    ]);
    expect(house.dispatcher.stats()).toMatchObject({ flapping: 0 });
  });

  it('is told once to be flapping, and its end when it has been steady', async () => {
    const notifications: Notification[] = [];
    const answer = (notification: Notification) => {
      notifications.push(notification);
      return { ok: true } as const;
    };
    const house = openHouse({ routing, flapDamping, answer });
    await say(house, 'frfrfrrrrrrrrrrrrr');
    // The third change, at 180 s, begins it; the last, at 300 s, is ten minutes old at 900 s.
    expect(house.told).toEqual([
      '0 team/webhook[0] firing A',
      '120 team/webhook[0] resolved A',
      '120 team/webhook[0] firing A',
      '240 team/webhook[0] firing A',
      '900 team/webhook[0] resolved A',
    ]);
    expect(notifications.map(({ reason, alerts }) => [reason, alerts[0]?.annotations.flapping])).toEqual([
      ['first notification', undefined],
      ['all alerts resolved', undefined],
      ['first notification', undefined],
      ['alerts are flapping', words],
      ['all alerts resolved', words],
    ]);
  });

  it('says why its end is not told, and until when', async () => {
    const house = openHouse({ routing, flapDamping });
    await say(house, 'frfr');
    const [group] = house.dispatcher.groups();
    expect(group?.suppressed[0]).toEqual({
      fingerprint: alert(a).fingerprint,
      reason: `flapping: ${words}`,
      by: 'flapping',
      sources: [],
      until: start + 13 * minute,
    });
    const way = { groupKey: group?.key ?? '', queue: 'team/webhook[0]' };
    expect(createDecisions(house.database).latest(way)).toContainEqual(
      expect.objectContaining({ what: 'suppressed', reason: `flapping: ${words}`, until: start + 13 * minute }),
    );
    expect(group?.alerts.map(({ status }) => status)).toEqual(['active']);
    expect(house.dispatcher.stats().flapping).toBe(1);
    await house.clock.advance(10 * minute);
    expect(house.dispatcher.stats().flapping).toBe(0);
  });

  it('ends by itself where nobody says any more what became of it', async () => {
    const house = openHouse({ routing, flapDamping });
    await say(house, 'frfr');
    await house.clock.advance(30 * minute);
    expect(house.told.slice(3)).toEqual(['240 team/webhook[0] firing A', '780 team/webhook[0] resolved A']);
  });

  it('goes on as firing where it is steady and fires', async () => {
    const house = openHouse({ routing, flapDamping });
    await say(house, `frf${'f'.repeat(20)}`);
    expect(house.told.slice(2)).toEqual(['120 team/webhook[0] firing A']);
    await say(house, `rf${'f'.repeat(20)}`);
    expect(house.told.slice(3)).toEqual(['1440 team/webhook[0] firing A']);
    expect(house.dispatcher.alerts()[0]?.alert.annotations).toEqual({});
  });

  it('counts an end that nobody said as a change', async () => {
    const house = openHouse({ routing, flapDamping });
    await say(house, 'f.....f.....f.');
    expect(house.dispatcher.stats().flapping).toBe(1);
  });

  it('holds nothing back of another alert', async () => {
    const house = openHouse({ routing, flapDamping });
    sayFiring(house, b);
    await say(house, 'frf');
    sayResolved(house, b);
    await say(house, 'r');
    expect(house.told.at(-1)).toBe('240 team/webhook[0] firing A resolved B');
  });

  it('still ends after a restart', async () => {
    const first = openHouse({ routing, flapDamping });
    await say(first, 'frfr');
    await first.stop();
    const { clock, database } = first;
    const second = openHouse({ routing, flapDamping, clock, database });
    await clock.advance(minute);
    expect(second.dispatcher.stats().flapping).toBe(1);
    await clock.advance(20 * minute);
    // Its group is made when nobody has said anything for half a minute, and so is flushed at half minutes.
    expect(second.told).toEqual(['810 team/webhook[0] resolved A']);
  });

  it('still ends after a restart that damps nothing any more', async () => {
    const first = openHouse({ routing, flapDamping });
    await say(first, 'frfr');
    await first.stop();
    const { clock, database } = first;
    const second = openHouse({ routing, clock, database });
    await clock.advance(minute);
    expect(second.told).toEqual([expect.stringMatching(/^2\d\d team\/webhook\[0\] resolved A$/)]);
  });

  it('does not seem to have ended because of a restart', async () => {
    const first = openHouse({ routing, flapDamping });
    await say(first, 'frfrf');
    await first.stop();
    const { clock, database } = first;
    await clock.advance(60 * minute);
    const second = openHouse({ routing, flapDamping, clock, database });
    await clock.advance(minute);
    await say(second, 'ffff');
    expect(second.told).toEqual([]);
  });

  it.each([
    ['while it flaps', 'fffrr'.repeat(4)],
    ['when it has become steady', `fffrrfffrr${'f'.repeat(20)}`],
  ])('stays acknowledged, and began when it did, over a restart %s', async (_, pattern) => {
    const escalations = [{ name: 'c', matchers: ['cluster=x'], steps: [{ after: '1h', receiver: 'team' }] }];
    const first = openHouse({ routing: quiet, flapDamping, escalations });
    await sayEpisodes(first, 'fffrrfff');
    first.dispatcher.escalation.acknowledging.take({ matchers: [] }, { by: 'me', comment: '' });
    await sayEpisodes(first, `rr${pattern}`, start + 5 * minute);
    const began = ({ dispatcher }: House) =>
      dispatcher.alerts().map(({ alert: { startsAt } }) => (startsAt - start) / minute);
    expect(began(first)).toEqual([5]);
    await first.stop();
    const { clock, database } = first;
    const second = openHouse({ routing: quiet, flapDamping, escalations, clock, database });
    await sayEpisodes(second, pattern.slice(-5).repeat(20), clock.now() - 5 * minute);
    expect([began(second), second.told]).toEqual([[5], []]);
    expect(second.dispatcher.escalation.acknowledging.all()).toHaveLength(1);
  });

  it('does not seem to have changed because the clock was set', async () => {
    const clock = new SettableClock(start);
    const house = openHouse({ routing, flapDamping, clock });
    for (const step of [0, 6, 0, 6, 0, 0]) {
      clock.set(step * minute);
      house.dispatcher.accept([alert(a, { endsAt: clock.now() + 4 * minute })]);
      await clock.advance(minute);
    }
    expect(house.told).toEqual(['0 team/webhook[0] firing A']);
    expect(house.dispatcher.stats().flapping).toBe(0);
  });

  it('is forgotten on disk a day after it has ended', async () => {
    const house = openHouse({ routing, flapDamping });
    await say(house, 'frfr');
    expect(createFlapStore(house.database).load()).toHaveLength(1);
    await house.clock.advance(25 * 60 * minute);
    expect(createFlapStore(house.database).load()).toEqual([]);
  });
});

describe('the damper', () => {
  it('lets go by what is beyond its bound', () => {
    const clock = new FakeClock(start);
    const store = createFlapStore(openDatabase(':memory:'));
    const damper = createFlapDamper({ settings: flapDamping, store, clock, log: silentLog, limit: 1 });
    for (const labels of [a, b]) {
      for (const ended of [false, true, false, true]) {
        damper.take(ended ? resolved(labels, clock.now()) : alert(labels), clock.now());
      }
    }
    expect(damper.count(clock.now())).toBe(1);
    expect(damper.take(resolved(b, clock.now()), clock.now())).toEqual(resolved(b, clock.now()));
  });

  it('goes on where the disk fails', () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const log = createLog({ level: 'info', format: 'json', terminal: false }, { write });
    const fail = (): never => {
      throw new Error('disk I/O error');
    };
    const clock = new FakeClock(start);
    const damper = createFlapDamper({ settings: flapDamping, store: { load: fail, save: fail }, clock, log });
    for (const ended of [false, true, false, true]) {
      damper.take(ended ? resolved(a, clock.now()) : alert(a), clock.now());
    }
    damper.keep();
    expect(damper.count(clock.now())).toBe(1);
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      'flapping alerts could not be restored',
      'flapping alerts could not be kept on disk',
    ]);
  });
});
