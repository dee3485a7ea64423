import type { Now } from './state.ts';

const HOUR_MS = 3_600_000;

export type RateLimit = ReturnType<typeof createRateLimit>;

/** The primary rate limit of one hour, as `x-ratelimit-*` headers tell it; the reset is in seconds since the epoch. */
export function createRateLimit(clock: Now, limit = 5000) {
  let remaining = limit;
  let resetMs = clock.now() + HOUR_MS;

  function refill(): void {
    if (clock.now() < resetMs) return;
    remaining = limit;
    resetMs = clock.now() + HOUR_MS;
  }

  function facts() {
    refill();
    return { limit, remaining, used: limit - remaining, reset: Math.ceil(resetMs / 1000), resource: 'core' };
  }

  return {
    facts,
    /** Takes one request off the budget; false where none is left. */
    spend(): boolean {
      refill();
      if (remaining === 0) return false;
      remaining -= 1;
      return true;
    },
    set(next: { readonly remaining: number; readonly reset?: number }): void {
      remaining = next.remaining;
      if (next.reset !== undefined) resetMs = next.reset * 1000;
    },
    headers(): Record<string, string> {
      return Object.fromEntries(Object.entries(facts()).map(([key, value]) => [`x-ratelimit-${key}`, String(value)]));
    },
  };
}
