import type { Clock } from '../../lib/clock.ts';

/** Of the mean; the first requests of all, when nothing is known yet, are not taken for what goes on for ever. */
const memoryMs = { usual: 20 * 60_000, least: 6 * 60_000 };
const minuteMs = 60_000;
const hourMs = 3_600_000;

export type Window = ReturnType<typeof createWindow>;

/** What was charged of late: by minute for the hour, and what is wanted as a mean that forgets. */
export function createWindow(clock: Clock) {
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
