import type { RecoveryConfig } from './config.ts';

export type Allowance =
  | { readonly allowed: true; readonly left: number; readonly totalLeft: number }
  | {
      readonly allowed: false;
      readonly outcome: 'budget' | 'backoff';
      readonly reason: string;
      /** When it may be asked for again, ms since the epoch. */
      readonly at: number;
      readonly left: number;
      readonly totalLeft: number;
    };

/** Start times of earlier actions, in wall time, since a budget must hold over a restart of this process. */
export interface Attempts {
  readonly own: readonly number[];
  /** Of all runners, this one's too. */
  readonly all: readonly number[];
}

/** Whether another action is allowed now. A start in the future, after the clock stepped back, counts as now. */
export function allowance(
  { budget, backoff }: Pick<RecoveryConfig, 'budget' | 'backoff'>,
  attempts: Attempts,
  { runner, now }: { readonly runner: string; readonly now: number },
): Allowance {
  const inWindow = (starts: readonly number[]): readonly number[] =>
    starts.map((at) => Math.min(at, now)).filter((at) => at > now - budget.window);
  const [own, all] = [inWindow(attempts.own), inWindow(attempts.all)];
  const left = Math.max(0, budget.attempts - own.length);
  const totalLeft = Math.max(0, budget.total - all.length);
  const over = (reason: string, starts: readonly number[], limit: number): Allowance => {
    const free = [...starts].sort((a, b) => a - b)[starts.length - limit] ?? now;
    return { allowed: false, outcome: 'budget', reason, at: free + budget.window, left, totalLeft };
  };
  const span = `within the last ${budget.window / 60_000} minutes`;
  if (left === 0) return over(`${own.length} attempts ${span} use up the budget`, own, budget.attempts);
  if (totalLeft === 0)
    return over(`${all.length} attempts on all runners ${span} use up the budget`, all, budget.total);
  const last = own.length === 0 ? undefined : Math.max(...own);
  if (last === undefined) return { allowed: true, left, totalLeft };
  const at = last + waitAfter(backoff, own.length, jitterOf(runner, last));
  if (at <= now) return { allowed: true, left, totalLeft };
  const reason = `the next attempt may start in ${Math.ceil((at - now) / 1000)} s`;
  return { allowed: false, outcome: 'backoff', reason, at, left, totalLeft };
}

function waitAfter({ first, max, jitter }: RecoveryConfig['backoff'], attempts: number, random: number): number {
  return Math.round(Math.min(max, first * 2 ** (attempts - 1)) * (1 + jitter * random));
}

/** In [0, 1), and always the same for one attempt: a wait must not change each time that somebody asks. FNV-1a. */
function jitterOf(runner: string, startedAt: number): number {
  let hash = 0x811c9dc5;
  for (const char of `${runner} ${startedAt}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
