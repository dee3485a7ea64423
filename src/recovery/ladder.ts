import type { LadderState, TriedStep } from '../state/recovery-ladders.ts';
import type { RecoveryConfig } from './config.ts';
import { page, type Step } from './ladder-config.ts';
import type { JudgedRunner } from './ports.ts';
import type { Ruling } from './safety.ts';

/** What the ladder of a runner says when it is asked: a step, or why there is none. */
export type Rung = { readonly kind: 'step'; readonly step: Step } | { readonly kind: 'over'; readonly ruling: Ruling };

/** A ladder begins with a verdict, and goes on until the runner is well, whatever the verdict becomes meanwhile. */
export function beginLadder(runner: string, { verdict, since }: JudgedRunner, now: number): LadderState {
  return {
    ...{ runner, verdict, since: Math.min(since ?? now, now), steps: [], failures: 0 },
    ...{ page: undefined, endedAt: undefined, quarantinedAt: undefined },
  };
}

/** One that ended may begin anew after its pause; it keeps the count of its failures, and since when the fault is there. */
export function resumeLadder(state: LadderState, { breaker }: RecoveryConfig, now: number): LadderState {
  const isOver = state.endedAt !== undefined && now >= state.endedAt + breaker.pause;
  return state.quarantinedAt === undefined && isOver ? { ...state, steps: [], endedAt: undefined } : state;
}

/** The next step at this verdict: the first one that this ladder has not tried at it. */
export function rungOf(
  state: LadderState,
  { steps, verdict }: { readonly steps: readonly Step[]; readonly verdict: string },
  { breaker }: RecoveryConfig,
): Rung {
  if (state.quarantinedAt !== undefined) {
    const reason = `${state.failures} ladders in a row did not help; runnerwatch runners release ${state.runner} ends it`;
    return { kind: 'over', ruling: { outcome: 'quarantined', reason } };
  }
  if (state.endedAt !== undefined) {
    const reason = 'all steps were tried; a person has to look';
    return { kind: 'over', ruling: { outcome: 'exhausted', reason, at: state.endedAt + breaker.pause } };
  }
  const tried = new Set(state.steps.filter((one) => one.verdict === verdict).map(({ action }) => action));
  return { kind: 'step', step: steps.find((step) => !tried.has(step)) ?? page };
}

export function withStep(state: LadderState, step: TriedStep): LadderState {
  return { ...state, steps: [...state.steps, step] };
}

/** The last step with what came of it. */
export function withOutcome(state: LadderState, outcome: TriedStep['outcome'], reason: string): LadderState {
  return {
    ...state,
    steps: state.steps.map((step) => (step.outcome === 'started' ? { ...step, outcome, reason } : step)),
  };
}

/**
 * The end of the ladder: a person is asked. After too many in a row that did not help, nothing is tried any more. A
 * ladder that had nothing to try is no failure.
 */
export function withPage(state: LadderState, verdict: string, { breaker }: RecoveryConfig, now: number): LadderState {
  const failures = state.failures + Number(state.steps.some(({ outcome }) => outcome !== 'skipped'));
  return {
    ...state,
    failures,
    page: state.page ?? { at: now, verdict },
    endedAt: now,
    quarantinedAt: failures >= breaker.ladders ? now : undefined,
  };
}
