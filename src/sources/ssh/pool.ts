import type { Clock } from '../../lib/clock.ts';

/** Things that are kept open for a next time, one for each key. What is taken belongs to whoever took it. */
export interface Pool<T> {
  take(key: string): T | undefined;
  /** Keeps it for `ms` at most, or ends it where there is no room. */
  put(key: string, item: T, ms: number): void;
  /** Ends everything; what is put from now on is ended at once. */
  close(): void;
}

interface PoolParts<T> {
  readonly clock: Clock;
  readonly max: number;
  readonly end: (item: T) => void;
  /** Aborted when the item has ended by itself. */
  readonly ended: (item: T) => AbortSignal;
}

/** A full pool keeps those it has: to trade them for others would mean to keep none. */
export function createPool<T extends object>({ clock, max, end, ended }: PoolParts<T>): Pool<T> {
  const kept = new Map<string, { readonly item: T; readonly timer: AbortController }>();
  let closed = false;

  function take(key: string): T | undefined {
    const entry = kept.get(key);
    kept.delete(key);
    entry?.timer.abort();
    return entry?.item;
  }

  function drop(key: string, item: T): void {
    if (kept.get(key)?.item !== item) return;
    take(key);
    end(item);
  }

  return {
    take,
    put: (key, item, ms) => {
      if (closed || ended(item).aborted || ms <= 0 || kept.has(key) || kept.size >= max) return end(item);
      const timer = new AbortController();
      kept.set(key, { item, timer });
      clock.sleep(ms, timer.signal).then(
        () => drop(key, item),
        () => undefined,
      );
      ended(item).addEventListener('abort', () => drop(key, item), { once: true, signal: timer.signal });
    },
    close: () => {
      closed = true;
      for (const [key, { item }] of kept) drop(key, item);
    },
  };
}
