import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commands, type Deed } from './support/fault-deeds.ts';
import { broken, faults, play } from './support/fault-world.ts';

describe('the safety of recovery', () => {
  it('holds over any sequence of evidence, faults, clock steps and crashes', async () => {
    const seen = new Map<string, number>();
    const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
    await fc.assert(
      fc.asyncProperty(commands, async (deeds: readonly Deed[]) => {
        const { acts, outcomes, harm } = await play(deeds);
        for (const { what } of acts) count(what);
        for (const outcome of outcomes) count(outcome);
        expect(harm).toEqual([]);
      }),
      { numRuns: 1500, seed: 7 },
    );
    // Sequences in which nothing happens would prove nothing.
    for (const what of [
      'restart',
      'start',
      'remove',
      'prune',
      'cordon',
      'started',
      'busy',
      'budget',
      'backoff',
      'elsewhere',
      'quarantined',
      'drained',
    ]) {
      expect(seen.get(what) ?? 0, what).toBeGreaterThan(5);
    }
  }, 120_000);

  it.each(faults)(
    'is broken, and that is noticed, where %s',
    async (fault) => {
      const found = await fc.check(
        fc.asyncProperty(commands, async (deeds: readonly Deed[]) => {
          const { harm } = await play(deeds, fault);
          expect(harm).toEqual([]);
        }),
        { numRuns: 2000, seed: 7, endOnFailure: true },
      );
      expect(found.failed, broken(fault)).toBe(true);
    },
    120_000,
  );
});
