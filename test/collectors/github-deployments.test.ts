import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DeploymentRun,
  failingSince,
  figuresOf,
  inOrder,
  type Outcome,
  outcomeOf,
  recoveriesOf,
} from '../../src/collectors/github/deployments.ts';

const outcomeOfLetter: Readonly<Record<string, Outcome>> = { s: 'success', f: 'failure', c: 'cancelled' };

/** One run a minute, by their first letters: the first ends at 60,000. */
function runsOf(letters: string): readonly DeploymentRun[] {
  return [...letters].map((letter, index) => ({
    ...{ id: index, attempt: 1, outcome: outcomeOfLetter[letter] ?? 'success' },
    ...{ beganAt: index * 60_000, endedAt: (index + 1) * 60_000 },
  }));
}

describe('the outcome', () => {
  it.each([
    ['success', 'success'],
    ['failure', 'failure'],
    ['timed_out', 'failure'],
    ['startup_failure', 'failure'],
    ['cancelled', 'cancelled'],
    ['skipped', undefined],
    ['neutral', undefined],
    ['action_required', undefined],
    ['stale', undefined],
    ['', undefined],
    ['a new word', undefined],
  ])('of %j is %s', (conclusion, outcome) => {
    expect(outcomeOf(conclusion)).toBe(outcome);
  });
});

describe('recoveries', () => {
  it.each([
    ['', []],
    ['ss', []],
    ['f', []],
    ['sfs', [1]],
    // From the first failure, however many follow.
    ['sfffs', [3]],
    ['sfsffs', [1, 2]],
    // Nothing is known before: what is known to have failed counts.
    ['ffs', [2]],
    // One that was cancelled neither breaks nor mends.
    ['sfcs', [2]],
    ['scs', []],
    ['sfsc', [1]],
  ])('of %j last %j minutes', (letters, minutes) => {
    const lengths = recoveriesOf(runsOf(letters)).map(({ by, failedAt }) => (by.endedAt - failedAt) / 60_000);
    expect(lengths).toEqual(minutes);
  });

  it('of a failed attempt is the attempt that succeeded', () => {
    const [failed, again] = runsOf('fs');
    const rerun = { ...again, id: 0, attempt: 2 } as DeploymentRun;
    expect(recoveriesOf(inOrder([rerun, failed as DeploymentRun]))).toEqual([{ by: rerun, failedAt: 60_000 }]);
  });
});

describe('failing since', () => {
  it.each([
    ['', undefined],
    ['s', undefined],
    ['fs', undefined],
    ['sc', undefined],
    ['sf', 2],
    ['sffcf', 2],
    ['fcf', 1],
    ['sfsf', 4],
  ])('of %j is minute %s', (letters, minute) => {
    expect(failingSince(runsOf(letters))).toBe(minute === undefined ? undefined : minute * 60_000);
  });
});

describe('figures', () => {
  it('count what ended within the window, its first moment included', () => {
    expect(figuresOf(runsOf('ffscs'), 3 * 60_000)).toEqual({
      counts: { success: 2, failure: 0, cancelled: 1 },
      successRatio: 1,
      // It ended within, though it began before.
      meanRecoveryMs: 2 * 60_000,
    });
  });

  it('give no ratio where nothing succeeded or failed, and no mean where nothing recovered', () => {
    const nothing = { successRatio: undefined, meanRecoveryMs: undefined };
    expect(figuresOf(runsOf('cc'), 0)).toEqual({ counts: { success: 0, failure: 0, cancelled: 2 }, ...nothing });
    expect(figuresOf([], 0)).toEqual({ counts: { success: 0, failure: 0, cancelled: 0 }, ...nothing });
  });

  it('give the mean of all recoveries', () => {
    expect(figuresOf(runsOf('sfsfffs'), 0)).toMatchObject({ successRatio: 3 / 7, meanRecoveryMs: 2 * 60_000 });
  });
});

const anyRun = fc.record({
  id: fc.integer({ min: 1, max: 30 }),
  attempt: fc.integer({ min: 1, max: 3 }),
  outcome: fc.constantFrom<Outcome>('success', 'failure', 'cancelled'),
  beganAt: fc.integer({ min: 0, max: 1000 }),
  endedAt: fc.integer({ min: 1000, max: 2000 }),
});
const anyRuns = fc.uniqueArray(anyRun, { selector: ({ id, attempt }) => `${id}/${attempt}`, maxLength: 40 });

it('is the same in whatever order the runs are learnt of', () => {
  const shuffled = anyRuns.chain((runs) =>
    fc.tuple(fc.constant(runs), fc.shuffledSubarray(runs, { minLength: runs.length })),
  );
  fc.assert(
    fc.property(shuffled, fc.integer({ min: 0, max: 2000 }), ([runs, mixed], from) => {
      expect(figuresOf(inOrder(mixed), from)).toEqual(figuresOf(inOrder(runs), from));
      expect(failingSince(inOrder(mixed))).toBe(failingSince(inOrder(runs)));
    }),
  );
});

it('recovers at most as often as it fails, and is failing where it did not recover since', () => {
  fc.assert(
    fc.property(anyRuns, (runs) => {
      const ordered = inOrder(runs);
      const recoveries = recoveriesOf(ordered);
      const { counts } = figuresOf(ordered, 0);
      expect(recoveries.length).toBeLessThanOrEqual(Math.min(counts.success, counts.failure));
      const last = ordered.findLast(({ outcome }) => outcome !== 'cancelled');
      expect(failingSince(ordered) !== undefined).toBe(last?.outcome === 'failure');
      for (const { by, failedAt } of recoveries) expect(by.endedAt).toBeGreaterThanOrEqual(failedAt);
    }),
  );
});
