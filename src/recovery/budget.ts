import type { RecoveryConfig } from './config.ts';

export type Allowance =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly outcome: 'budget' | 'backoff'; readonly reason: string };

/**
 * Whether another attempt is allowed now. `attempts` are the start times of earlier ones, in wall time, since a budget
 * must hold over a restart of this process. A start in the future, after the clock stepped back, counts as now.
 */
export function allowance(config: RecoveryConfig, attempts: readonly number[], now: number): Allowance {
  const inWindow = attempts.map((at) => Math.min(at, now)).filter((at) => at > now - config.budget.window);
  const { length } = inWindow;
  if (length >= config.budget.attempts) {
    const reason = `${length} attempts within the last ${config.budget.window / 60_000} minutes use up the budget`;
    return { allowed: false, outcome: 'budget', reason };
  }
  if (length === 0) return { allowed: true };
  const wait = Math.min(config.backoff.max, config.backoff.first * 2 ** (length - 1));
  const left = Math.max(...inWindow) + wait - now;
  if (left <= 0) return { allowed: true };
  return { allowed: false, outcome: 'backoff', reason: `the next attempt may start in ${Math.ceil(left / 1000)} s` };
}
