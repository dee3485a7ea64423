import type { Clock } from '../../lib/clock.ts';
import type { GithubRateLimit } from '../../model/github.ts';

/** How fast GitHub may be polled, so that polling slows before a limit and not at it. */
export interface Budget {
  /** One attempt with the credential; `charged` where GitHub counts it. */
  asked(credential: string, charged: boolean): void;
  /** GitHub answered; `failed` where it did not, or not as itself. */
  answered(): void;
  failed(): void;
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
}

/** Left to healing and to people, whatever polling would like: a part of the limit. */
const reserve = 0.1;
const maxStretch = 20;
/** Intervals stretch from the one part of what is allowed, and keep use below the other. */
const eased = { from: 0.5, below: 0.7 };
/** Of the mean; the first requests of all, when nothing is known yet, are not taken for what goes on for ever. */
const memoryMs = { usual: 20 * 60_000, least: 6 * 60_000 };
/** From this part of an hour's share on, what was used counts, whatever is wanted now. */
const nearlyUsed = 0.8;
const outage = { maxFactor: 8, maxMs: 5 * 60_000 };
/** After a limit, polls come back spread over as much at most. */
const spreadMs = 30_000;
const minuteMs = 60_000;
const hourMs = 3_600_000;

export function createBudget({ clock, ratio, limits, heldUntil, random }: BudgetDeps): Budget {
  const windows = new Map<string, Window>();
  let failingSince: number | undefined;

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

  /** Where every credential that reads is held: when the first of them may be used again. */
  function allHeldUntil(): number | undefined {
    const readers = [...windows.keys()].filter((credential) => credential !== 'app');
    const ends = readers.map(heldUntil).filter((end) => end !== undefined);
    return ends.length > 0 && ends.length === readers.length ? Math.min(...ends) : undefined;
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
    },
    failed() {
      failingSince ??= clock.monotonic();
    },
    pace(intervalMs) {
      const stretched = intervalMs * stretch();
      const held = allHeldUntil();
      const waits = [
        stretched,
        ...(held === undefined ? [] : [held - clock.now() + random() * Math.min(intervalMs, spreadMs)]),
        ...(failingSince === undefined ? [] : [backedOff(intervalMs, failingSince)]),
      ];
      return Math.round(Math.max(...waits));
    },
  };
}

/** How much to stretch for what is wanted, as a part of what is allowed: smooth, and below the bound of use for ever. */
function stretchOf(wanted: number): number {
  if (wanted <= eased.from) return 1;
  const room = eased.below - eased.from;
  return wanted / (eased.from + room * (1 - Math.exp(-(wanted - eased.from) / room)));
}

type Window = ReturnType<typeof createWindow>;

/** What was charged of late: by minute for the hour, and what is wanted as a mean that forgets. */
function createWindow(clock: Clock) {
  const minutes = new Map<number, number>();
  const since = clock.monotonic();
  let wanted = { sum: 0, at: since };

  function decayed(): number {
    return wanted.sum * Math.exp((wanted.at - clock.monotonic()) / memoryMs.usual);
  }

  return {
    /** What is stretched now would come so many times as often: thus the wish is known, whatever the pace. */
    add(stretch: number): void {
      const minute = Math.floor(clock.monotonic() / minuteMs);
      minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
      for (const old of minutes.keys()) if (old <= minute - 60) minutes.delete(old);
      wanted = { sum: decayed() + stretch, at: clock.monotonic() };
    },
    /** Requests an hour that polling would make without any stretch. */
    wanted(): number {
      const seen = Math.max(memoryMs.least, clock.monotonic() - since);
      return (decayed() * hourMs) / (memoryMs.usual * (1 - Math.exp(-seen / memoryMs.usual)));
    },
    chargedInHour(): number {
      const from = Math.floor(clock.monotonic() / minuteMs) - 60;
      return [...minutes].reduce((sum, [minute, charged]) => (minute > from ? sum + charged : sum), 0);
    },
  };
}
