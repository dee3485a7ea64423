import fc from 'fast-check';
import { expect, it } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import type { RunnerEvidence, Verdict } from '../../src/model/runner.ts';
import { createVerdictKeeper } from '../../src/recovery/verdict-keeper.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createRunnerVerdictStore } from '../../src/state/runner-verdicts.ts';
import {
  both,
  ended,
  lifeless,
  nothing,
  offline,
  online,
  running,
  unlisted,
  verdictConfig,
  working,
} from '../support/runner-evidence.ts';
import { SettableClock } from '../support/settable-clock.ts';

const seen: readonly Partial<RunnerEvidence>[] = [
  { ...running, ...online },
  { ...running, ...working },
  { ...running, ...working, worker: true },
  { ...running, ...offline },
  { ...running, ...unlisted },
  { ...lifeless, ...offline },
  { ...lifeless, ...working },
  { ...ended(137), ...offline },
  { ...ended(1), ...offline, containerState: 'restarting' },
];

interface Step {
  readonly evidence: Partial<RunnerEvidence>;
  readonly restarts: number;
  readonly afterMs: number;
  readonly clockSetMs: number;
  readonly isStopAsked: boolean;
  readonly isKilled: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  evidence: fc.constantFrom(...seen),
  restarts: fc.nat(3),
  afterMs: fc.constantFrom(0, 1, 900, 15_000, 600_000, 7_200_000),
  clockSetMs: fc.constantFrom(0, 0, 0, 0, 1000, -3_600_000, 7_200_000),
  isStopAsked: fc.boolean(),
  isKilled: fc.boolean(),
});

it('a verdict has held for as long as it did, over any sequence of looks, clock steps and kills', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 25 }), (steps) => {
      using database = openDatabase(':memory:');
      const clock = new SettableClock();
      const store = createRunnerVerdictStore(database);
      const start = () =>
        createVerdictKeeper({ clock, log: silentLog, audit: () => undefined, store, config: verdictConfig });
      let keeper = start();
      let restarts = 0;
      let held: { readonly verdict: Verdict; readonly from: number } | undefined;
      for (const { evidence, afterMs, clockSetMs, isStopAsked, isKilled, ...more } of steps) {
        void clock.advance(afterMs);
        // Nobody sees how the clock is set while nobody runs.
        if (isKilled) keeper = start();
        else clock.set(clockSetMs);
        if (isStopAsked) keeper.noteStop('id');
        restarts += more.restarts;
        const [state] = keeper.look([{ ...nothing, ...evidence, restarts }], both, false);
        if (state === undefined) throw new Error('no state');
        const now = clock.monotonic();
        if (held?.verdict !== state.verdict) held = { verdict: state.verdict, from: now };
        expect(clock.now() - (state.since ?? Number.NaN)).toBe(now - held.from);
        expect(state.evidence.busySince ?? 0).toBeLessThanOrEqual(clock.now());
        expect(state.evidence.recentEnds).toBeLessThanOrEqual(10);
      }
    }),
    { numRuns: 300 },
  );
});
