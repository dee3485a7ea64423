import type { Clock } from '../lib/clock.ts';
import type { Audit } from '../model/audit.ts';
import type { RunnerState, Verdict } from '../model/runner.ts';

/** A runner that flaps must not fill the log: more changes within the time are only counted. */
const maxChanges = 12;
const withinMs = 3_600_000;

export interface VerdictChanges {
  /** A verdict that is another than before. */
  changed(before: Verdict, state: RunnerState): void;
  forget(runner: string): void;
}

interface Told {
  readonly at: readonly number[];
  /** Changes since the last one that was told. */
  readonly untold: number;
}

/** Tells the audit log of changes, within a bound for each runner. */
export function createVerdictChanges({
  clock,
  audit,
}: {
  readonly clock: Clock;
  readonly audit: Audit;
}): VerdictChanges {
  const runners = new Map<string, Told>();
  return {
    changed(before, { evidence: { runner }, verdict, because }) {
      const now = clock.monotonic();
      const told = runners.get(runner);
      const recent = told?.at.filter((at) => now - at < withinMs) ?? [];
      const untold = told?.untold ?? 0;
      if (recent.length >= maxChanges) {
        runners.set(runner, { at: recent, untold: untold + 1 });
        return;
      }
      runners.set(runner, { at: [...recent, now], untold: 0 });
      const left = untold === 0 ? '' : ` ${untold} changes before it were left out.`;
      audit({
        action: 'verdict-changed',
        message: `Runner ${runner} was ${before} and is ${verdict}: ${because}.${left}`,
        labels: { runner, before, verdict, because, ...(untold > 0 && { omitted: String(untold) }) },
      });
    },
    forget: (runner) => void runners.delete(runner),
  };
}
