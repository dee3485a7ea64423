import type { Now } from './state.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export interface RatePreset {
  readonly remaining: number;
  /** Seconds since the epoch, by GitHub's clock. */
  readonly reset?: number;
}

export type RateLimit = ReturnType<typeof createRateLimit>;
export type RateLimits = ReturnType<typeof createRateLimits>;

/** The primary rate limit of one hour, as `x-ratelimit-*` headers tell it; the reset is in seconds since the epoch. */
function createRateLimit(clock: Now, limit: number) {
  let remaining = limit;
  let resetMs = clock.now() + HOUR_MS;
  let charged = 0;

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
      charged += 1;
      return true;
    },
    /** Over all windows. */
    charged: () => charged,
    set(next: RatePreset): void {
      remaining = next.remaining;
      if (next.reset !== undefined) resetMs = next.reset * 1000;
    },
    headers(): Record<string, string> {
      return Object.fromEntries(Object.entries(facts()).map(([key, value]) => [`x-ratelimit-${key}`, String(value)]));
    },
  };
}

/** Each credential's own limit. */
export function createRateLimits(clock: Now, limit: number) {
  const limits = new Map<string, RateLimit>();
  let preset: RatePreset | undefined;

  function of(key: string): RateLimit {
    const known = limits.get(key);
    if (known) return known;
    const made = createRateLimit(clock, limit);
    if (preset) made.set(preset);
    limits.set(key, made);
    return made;
  }

  return {
    of,
    /** For one credential (a token, `installation/<id>`, `app/<id>`), or for all, those to come too. */
    set({ credential, ...next }: RatePreset & { readonly credential?: string }): void {
      if (credential === undefined) preset = next;
      for (const known of credential === undefined ? limits.values() : [of(credential)]) known.set(next);
    },
    /** Requests that cost something since the start: of one credential, or of all. */
    charged(credential?: string): number {
      if (credential !== undefined) return of(credential).charged();
      return [...limits.values()].reduce((sum, one) => sum + one.charged(), 0);
    },
  };
}

export interface SecondaryLimit {
  readonly pointsPerMinute: number;
  /** 403 where absent; GitHub uses both. */
  readonly status?: 403 | 429;
  /** Seconds in `retry-after`; the header is left out where absent. */
  readonly retryAfter?: number;
}

/** GitHub's limit on how much is asked at once: reading is a point, changing five. */
export function createSecondaryLimit(clock: Now) {
  const spent = new Map<string, { readonly at: number; readonly points: number }[]>();
  let rule: SecondaryLimit | undefined;
  return {
    set: (next: SecondaryLimit | undefined) => {
      rule = next;
    },
    /** The limit that the call breaks, if it does. */
    broken(key: string, method: string): SecondaryLimit | undefined {
      if (!rule) return undefined;
      const from = clock.now() - MINUTE_MS;
      const recent = (spent.get(key) ?? []).filter(({ at }) => at > from);
      recent.push({ at: clock.now(), points: method === 'GET' ? 1 : 5 });
      spent.set(key, recent);
      return recent.reduce((sum, { points }) => sum + points, 0) > rule.pointsPerMinute ? rule : undefined;
    },
  };
}
