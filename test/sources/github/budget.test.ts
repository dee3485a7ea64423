import { describe, expect, it } from 'vitest';
import type { GithubRateLimit } from '../../../src/model/github.ts';
import { createBudget } from '../../../src/sources/github/budget.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const minute = 60_000;
const hour = 60 * minute;

/** A budget over a limit of 5,000 requests an hour, of which polling may use 500. */
function budgetOf({ remaining = 5000, random = 0.5 } = {}) {
  const clock = new FakeClock(0);
  const held = new Map<string, number>();
  let limits: readonly GithubRateLimit[] = [
    { credential: 'token', resource: 'core', limit: 5000, remaining, resetAt: hour },
  ];
  const heldUntil = (credential: string): number | undefined => held.get(credential);
  const budget = createBudget({ clock, ratio: 0.1, limits: () => limits, heldUntil, random: () => random });
  const { stretch } = budget;
  const set = (next: Partial<GithubRateLimit>): void => {
    limits = limits.map((limit) => ({ ...limit, ...next }));
  };
  /** Polls that cost `each` every half minute without a stretch, for so long; requests by hour, and each stretch. */
  async function poll(each: number, ms: number) {
    const hours: number[] = [];
    const stretches: number[] = [];
    for (const end = clock.now() + ms; clock.now() < end; ) {
      const index = Math.floor(clock.now() / hour);
      hours[index] = (hours[index] ?? 0) + each;
      for (let count = 0; count < each; count++) budget.asked('token', true);
      set({ resetAt: (index + 1) * hour });
      stretches.push(stretch());
      await clock.advance(budget.pace(30_000));
    }
    return { hours, stretches };
  }
  return { clock, budget, held, stretch, set, poll };
}

describe('the pace of polling', () => {
  it('is the one that was configured while little is used', async () => {
    const { budget, poll } = budgetOf();
    expect(budget.pace(30_000)).toBe(30_000);
    const { hours, stretches } = await poll(1, 2 * hour);
    expect(hours).toEqual([120, 120]);
    expect(new Set(stretches)).toEqual(new Set([1]));
  });

  it.each([5, 10, 30, 50])('keeps polls of %i requests each half minute within a tenth of the limit', async (each) => {
    const { poll, stretch, clock } = budgetOf();
    const { hours, stretches } = await poll(each, 4 * hour);
    expect(Math.max(...hours)).toBeLessThanOrEqual(500);
    expect(Math.min(...hours)).toBeGreaterThan(200);
    expect(Math.max(...stretches)).toBeLessThanOrEqual(20);
    // It does not jump to and fro once it has settled.
    const settled = stretches.slice(-10);
    expect(Math.max(...settled) / Math.min(...settled)).toBeLessThan(1.5);
    await clock.advance(2 * hour);
    expect(stretch()).toBe(1);
  });

  it('is twenty times slower at most, whatever is wanted', async () => {
    const { poll } = budgetOf();
    const { stretches } = await poll(500, 4 * hour);
    expect(Math.max(...stretches)).toBe(20);
  });

  it('leaves a tenth of the limit to people and healing, and shares out the rest', async () => {
    const { budget, set, stretch } = budgetOf({ remaining: 1000 });
    for (let count = 0; count < 20; count++) budget.asked('token', true);
    // Some 230 an hour are wanted, of 500 that are left until the hour ends.
    expect(stretch()).toBe(1);
    set({ remaining: 700 });
    expect(stretch()).toBeGreaterThan(1.2);
    expect(stretch()).toBeLessThan(3);
    set({ remaining: 500 });
    expect(stretch()).toBe(20);
    set({ remaining: 700, resetAt: 10 * minute });
    expect(stretch()).toBe(1);
  });

  it('is not slower for those who asked for nothing that counts', () => {
    const { budget, stretch } = budgetOf({ remaining: 1 });
    for (let count = 0; count < 1000; count++) budget.asked('token', false);
    expect(stretch()).toBe(1);
  });
});

describe('in an outage', () => {
  it('the pace doubles up to eight times, and is back at the first answer', async () => {
    const { clock, budget } = budgetOf({ random: 0.999_999 });
    budget.failed();
    const paces: number[] = [];
    for (let count = 0; count < 5; count++) {
      const pace = budget.pace(30_000);
      paces.push(Math.round(pace / 1000));
      await clock.advance(pace);
      budget.failed();
    }
    expect(paces).toEqual([60, 120, 240, 240, 240]);
    budget.answered();
    expect(budget.pace(30_000)).toBe(30_000);
  });

  it('the pace is five minutes at most, but never quicker than configured, and not the same for all', async () => {
    const { clock, budget } = budgetOf({ random: 0 });
    budget.failed();
    await clock.advance(hour);
    expect(budget.pace(60_000)).toBe(225_000);
    expect(budget.pace(hour)).toBe(hour);
    const late = budgetOf({ random: 0.999_999 });
    late.budget.failed();
    await late.clock.advance(hour);
    expect(late.budget.pace(60_000)).toBe(300_000);
  });
  it('nobody slows down while others are answered: one scope alone fails', async () => {
    const { clock, budget } = budgetOf({ random: 0 });
    for (let round = 0; round < 120; round++) {
      budget.answered();
      await clock.advance(20_000);
      budget.failed();
      expect([budget.pace(30_000), budget.stretch()]).toEqual([30_000, 1]);
      await clock.advance(10_000);
    }
    await clock.advance(10_000);
    expect(budget.pace(30_000)).toBe(30_000);
    await clock.advance(10_001);
    expect(budget.pace(30_000)).toBeGreaterThan(45_000);
    // It is the wait that grows, and not what the budget asks for.
    expect(budget.stretch()).toBe(1);
  });
});

it('while a limit holds the pace is as usual, whatever was wanted', () => {
  const { budget, held, stretch } = budgetOf({ remaining: 500 });
  for (let count = 0; count < 20; count++) budget.asked('token', true);
  expect(stretch()).toBe(20);
  held.set('token', 20 * minute);
  expect([stretch(), budget.pace(30_000), budget.pace(hour)]).toEqual([1, 30_000, hour]);
});
