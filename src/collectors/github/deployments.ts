/** How a deployment ended. One that was skipped, or never decided, was none. */
export const outcomes = ['success', 'failure', 'cancelled'] as const;
export type Outcome = (typeof outcomes)[number];

/** One attempt of a deployment. Times are GitHub's, ms since the epoch. */
export interface DeploymentRun {
  readonly id: number;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly beganAt: number;
  readonly endedAt: number;
}

/** A deployment that succeeded after others had failed. */
export interface Recovery {
  readonly by: DeploymentRun;
  /** The end of the first that failed. */
  readonly failedAt: number;
}

/** Figures over a window. Undefined is what nothing within it says. */
export interface DeploymentFigures {
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly successRatio: number | undefined;
  readonly meanRecoveryMs: number | undefined;
}

const failures: readonly string[] = ['failure', 'timed_out', 'startup_failure'];

/** Undefined where the conclusion says nothing of how deploying went. */
export function outcomeOf(conclusion: string): Outcome | undefined {
  if (failures.includes(conclusion)) return 'failure';
  return outcomes.find((outcome) => outcome === conclusion);
}

/** In the order in which they ended: every figure below is the same however they were learnt of. */
export function inOrder(runs: Iterable<DeploymentRun>): readonly DeploymentRun[] {
  return [...runs].sort((a, b) => a.endedAt - b.endedAt || a.id - b.id || a.attempt - b.attempt);
}

/**
 * All recoveries among runs in order: each lasts from the end of the first failure after a success, or after nothing
 * that is known, to the end of the next success. One that was cancelled neither breaks nor mends.
 */
export function recoveriesOf(ordered: readonly DeploymentRun[]): readonly Recovery[] {
  const recoveries: Recovery[] = [];
  let failedAt: number | undefined;
  for (const run of ordered) {
    if (run.outcome === 'failure') failedAt ??= run.endedAt;
    if (run.outcome !== 'success') continue;
    if (failedAt !== undefined) recoveries.push({ by: run, failedAt });
    failedAt = undefined;
  }
  return recoveries;
}

/** The end of the first failure after the last success, among runs in order; undefined while the last succeeded. */
export function failingSince(ordered: readonly DeploymentRun[]): number | undefined {
  const lastSuccess = ordered.findLastIndex(({ outcome }) => outcome === 'success');
  return ordered.slice(lastSuccess + 1).find(({ outcome }) => outcome === 'failure')?.endedAt;
}

/** Of the runs, in order, that ended at or after `from`; a recovery counts where it ended, whenever it began. */
export function figuresOf(ordered: readonly DeploymentRun[], from: number): DeploymentFigures {
  const counts = { success: 0, failure: 0, cancelled: 0 };
  for (const { outcome, endedAt } of ordered) if (endedAt >= from) counts[outcome] += 1;
  const recovered = recoveriesOf(ordered).filter(({ by }) => by.endedAt >= from);
  const recoveryMs = recovered.reduce((sum, { by, failedAt }) => sum + by.endedAt - failedAt, 0);
  return {
    counts,
    successRatio: ratioOf(counts.success, counts.success + counts.failure),
    meanRecoveryMs: ratioOf(recoveryMs, recovered.length),
  };
}

function ratioOf(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}
