import { describe, expect, it } from 'vitest';
import { loadRouting } from '../../src/alerts/routing.ts';
import { contains } from '../../src/alerts/time-interval.ts';
import { alert, openHouse, start } from './support/house.ts';

function file(interval: string, use = 'mute_time_intervals: [x]'): string {
  return `
route: { receiver: team, group_wait: 0s, group_interval: 5m, routes: [{ receiver: team, ${use} }] }
receivers: [{ name: team, webhook_configs: [{ url: "http://a/" }] }]
time_intervals: [{ name: x, time_intervals: [${interval}] }]
`;
}

function isIn(interval: string, time: string): boolean {
  const [only] = loadRouting('alertmanager.yml', file(interval)).timeIntervals.get('x') ?? [];
  return only !== undefined && contains(only, Date.parse(time));
}

describe('a time interval', () => {
  it.each([
    ['{}', '2026-01-01T00:00:00Z', true],
    ['{ times: [{ start_time: "09:00", end_time: "17:00" }] }', '2026-01-01T09:00:00Z', true],
    ['{ times: [{ start_time: "09:00", end_time: "17:00" }] }', '2026-01-01T08:59:59Z', false],
    ['{ times: [{ start_time: "09:00", end_time: "17:00" }] }', '2026-01-01T17:00:00Z', false],
    ['{ times: [{ start_time: "23:00", end_time: "24:00" }] }', '2026-01-01T23:59:59Z', true],
    ['{ weekdays: ["monday:friday"] }', '2026-01-02T12:00:00Z', true],
    ['{ weekdays: ["monday:friday"] }', '2026-01-03T12:00:00Z', false],
    ['{ weekdays: [Saturday, sunday] }', '2026-01-04T12:00:00Z', true],
    ['{ days_of_month: ["1:5"] }', '2026-01-05T23:59:00Z', true],
    ['{ days_of_month: ["-1"] }', '2024-02-29T00:00:00Z', true],
    ['{ days_of_month: ["-1"] }', '2024-02-28T00:00:00Z', false],
    ['{ days_of_month: ["-3:-1"] }', '2026-04-28T00:00:00Z', true],
    ['{ days_of_month: ["29:31"] }', '2026-02-28T00:00:00Z', false],
    ['{ days_of_month: ["20:-1"] }', '2026-02-28T00:00:00Z', true],
    ['{ months: ["march:may", 12] }', '2026-12-01T00:00:00Z', true],
    ['{ months: ["1:3"] }', '2026-04-01T00:00:00Z', false],
    ['{ years: ["2025:2026"] }', '2026-04-01T00:00:00Z', true],
    ['{ years: [2025] }', '2026-04-01T00:00:00Z', false],
    // Summer time: 22:30 UTC is half past midnight of the next day in Berlin.
    ['{ weekdays: [friday], location: Europe/Berlin }', '2026-07-02T22:30:00Z', true],
    ['{ times: [{ start_time: "00:00", end_time: "01:00" }], location: Europe/Berlin }', '2026-07-02T22:30:00Z', true],
    ['{ times: [{ start_time: "00:00", end_time: "01:00" }], location: Europe/Berlin }', '2026-01-02T22:30:00Z', false],
    ['{ weekdays: [friday], months: [1] }', '2026-07-03T12:00:00Z', false],
  ])('%s holds at %s: %s', (interval, time, expected) => {
    expect(isIn(interval, time)).toBe(expected);
  });
});

describe('a route with time intervals', () => {
  const night = '{ times: [{ start_time: "00:00", end_time: "00:10" }] }';

  it('is silent while it is muted, says why, and speaks when the interval has ended', async () => {
    const { dispatcher, clock, told } = openHouse({ routing: file(night) });
    dispatcher.accept([alert({ alertname: 'A' })]);
    const [group] = dispatcher.groups();
    expect(group?.mutedBy).toEqual(['x']);
    expect(group?.suppressed).toMatchObject([
      { reason: 'muted by time interval x', by: 'mute_time_interval', sources: ['x'] },
    ]);
    await clock.advance(20 * 60_000);
    expect(told).toEqual(['600 team/webhook[0] firing A']);
    expect(dispatcher.groups()[0]?.mutedBy).toEqual([]);
  });

  it('is silent outside of its active intervals', async () => {
    const use = 'active_time_intervals: [x]';
    const { dispatcher, clock, told } = openHouse({ routing: file(night, use) });
    await clock.advance(11 * 60_000);
    dispatcher.accept([alert({ alertname: 'A' }, { startsAt: clock.now() })]);
    expect(dispatcher.groups()[0]?.suppressed).toMatchObject([
      { reason: 'outside of time interval x', by: 'active_time_interval', sources: ['x'] },
    ]);
    expect(dispatcher.stats().suppressed.get('active_time_interval')).toBe(1);
    await clock.advance(24 * 3_600_000 - 11 * 60_000);
    expect([told, clock.now()]).toEqual([[], start + 24 * 3_600_000]);
  });
});
