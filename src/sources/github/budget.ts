import type { Clock } from '../../lib/clock.ts';
import type { GithubRateLimit } from '../../model/github.ts';
import { createWindow, type Window } from './budget-window.ts';

/** How fast GitHub may be polled, so that polling slows before a limit and not at it. */
export interface Budget {
  /** One attempt with the credential; `charged` where GitHub counts it. */
  asked(credential: string, charged: boolean): void;
  /** GitHub answered; `failed` where it did not, or not as itself. */
  answered(): void;
  failed(): void;
  /** How many times longer than configured intervals are, to keep within the budget; 1 where they are not. */
  stretch(): number;
  /** How long to wait until the next poll that would come after `intervalMs`. */
  pace(intervalMs: number): number;
}

interface BudgetDeps {
  readonly clock: Clock;
  /** The part of an hourly limit that polling may use. */
  readonly ratio: number;
  readonly limits: () => readonly GithubRateLimit[];
  /** Until when the credential may not be used, ms since the epoch. */
  readonly heldUntil: (credential: string) => number | undefined;
  /** In [0, 1). */
  readonly random: () => number;
  /** What was asked of late, by credential. */
  readonly windows?: Map<string, Window>;
}

/** Left to healing and to people, whatever polling would like: a part of the limit. */
const reserve = 0.1;
const maxStretch = 20;
/** Intervals stretch from the one part of what is allowed, and keep use below the other. */
const eased = { from: 0.5, below: 0.7 };
/** From this part of an hour's share on, what was used counts, whatever is wanted now. */
const nearlyUsed = 0.8;
const outage = { maxFactor: 8, maxMs: 5 * 60_000 };
/** Of a round, beyond its interval: what was answered within it speaks against an outage. */
const roundMs = 20_000;
const minuteMs = 60_000;
const hourMs = 3_600_000;

export function createBudget(deps: BudgetDeps): Budget {
  const { clock, ratio, limits, heldUntil, random, windows = new Map() } = deps;
  let failingSince: number | undefined;
  let answeredAt = Number.NEGATIVE_INFINITY;

  function stretch(): number {
    return limits().reduce((most, limit) => Math.max(most, stretchFor(limit)), 1);
  }

  function stretchFor(limit: GithubRateLimit): number {
    const window = windows.get(limit.credential);
    // Who is held asks nothing; the others need not wait for it.
    if (!window || heldUntil(limit.credential) !== undefined) return 1;
    const allowed = limit.limit * ratio;
    const wanted = window.wanted() / Math.max(1, Math.min(allowed, spare(limit)));
    // What counts in the end is the hour; a burst may have used it before the mean tells.
    const overdrawn = Math.max(0, window.chargedInHour() / allowed - nearlyUsed);
    return Math.min(maxStretch, stretchOf(wanted) * (1 + 5 * overdrawn));
  }

  /** Requests an hour that are left to us until the window ends, when others have had theirs. */
  function spare({ limit, remaining, resetAt }: GithubRateLimit): number {
    const leftMs = resetAt - clock.now();
    if (leftMs <= 0) return limit;
    return ((remaining - reserve * limit) * hourMs) / Math.max(minuteMs, leftMs);
  }

  /** One scope that fails slows nobody down as long as others are answered. */
  function isOutage(intervalMs: number): boolean {
    return failingSince !== undefined && clock.monotonic() - answeredAt > intervalMs + roundMs;
  }

  /** Twice the interval, and the longer the outage the more, so that GitHub comes back to no crowd. */
  function backedOff(intervalMs: number, since: number): number {
    const factor = Math.min(outage.maxFactor, 2 + (clock.monotonic() - since) / intervalMs);
    return Math.min(intervalMs * factor, Math.max(intervalMs, outage.maxMs)) * (0.75 + 0.25 * random());
  }

  return {
    asked(credential, charged) {
      const window = windows.get(credential) ?? createWindow(clock);
      windows.set(credential, window);
      if (charged) window.add(stretch());
    },
    answered() {
      failingSince = undefined;
      answeredAt = clock.monotonic();
    },
    failed() {
      failingSince ??= clock.monotonic();
    },
    stretch,
    // A limit that holds is not waited for: nothing is sent meanwhile, and a new credential is seen at the next poll.
    pace(intervalMs) {
      const stretched = intervalMs * stretch();
      const since = isOutage(intervalMs) ? failingSince : undefined;
      return Math.round(Math.max(stretched, since === undefined ? 0 : backedOff(intervalMs, since)));
    },
  };
}

/** How much to stretch for what is wanted, as a part of what is allowed: smooth, and below the bound of use for ever. */
function stretchOf(wanted: number): number {
  if (wanted <= eased.from) return 1;
  const room = eased.below - eased.from;
  return wanted / (eased.from + room * (1 - Math.exp(-(wanted - eased.from) / room)));
}
