import type { Clock } from '../lib/clock.ts';

/** Wakes one sleeper early: how a loop with a timetable hears that the timetable has changed. */
export interface Bell {
  ring(): void;
  /** Sleeps for `ms`, or without end; ends early at the ring or with the signal. A ring while nobody slept counts. */
  sleep(ms: number | undefined, signal: AbortSignal): Promise<void>;
}

export function createBell(clock: Clock): Bell {
  let rung = false;
  let sleeper: AbortController | undefined;
  return {
    ring() {
      rung = true;
      sleeper?.abort();
    },
    async sleep(ms, signal) {
      const own = new AbortController();
      const wake = (): void => own.abort();
      signal.addEventListener('abort', wake, { once: true });
      sleeper = own;
      if (!rung && !signal.aborted) await slept(clock, ms, own.signal);
      own.abort();
      signal.removeEventListener('abort', wake);
      sleeper = undefined;
      rung = false;
    },
  };
}

function slept(clock: Clock, ms: number | undefined, signal: AbortSignal): Promise<void> {
  if (ms === undefined)
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  return clock.sleep(ms, signal).catch(() => undefined);
}
