import type { Clock } from '../lib/clock.ts';

/** What once was there and is not any more, remembered for a while. */
export interface Tombstones<T> {
  /** Takes what is there now; gives what was there within the last `keepMs` and is gone. */
  update(present: ReadonlyMap<string, T>, keepMs: number): readonly T[];
}

/** Remembers at most `capacity`, the longest gone forgotten first. */
export function createTombstones<T>(clock: Clock, capacity = 1000): Tombstones<T> {
  const seen = new Map<string, { readonly item: T; readonly at: number }>();
  return {
    update(present, keepMs) {
      const now = clock.monotonic();
      for (const [key, item] of present) {
        seen.delete(key);
        seen.set(key, { item, at: now });
      }
      for (const [key, { at }] of seen) {
        if (present.has(key)) continue;
        if (now - at > keepMs || seen.size > capacity) seen.delete(key);
      }
      return [...seen].flatMap(([key, { item }]) => (present.has(key) ? [] : [item]));
    },
  };
}
