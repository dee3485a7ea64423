import { setTimeout as delay } from 'node:timers/promises';

/** The only place that reads time. Everything else takes a Clock. */
export interface Clock {
  /** Wall time, ms since the epoch. For timestamps that leave the process. */
  now(): number;
  /** Monotonic ms. For durations and deadlines. */
  monotonic(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
};

/** Milliseconds since the epoch as RFC 3339 in UTC. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

/** RFC 3339 → milliseconds since the epoch; NaN where the text is no date. */
export function parseTime(text: string): number {
  return Date.parse(text);
}
