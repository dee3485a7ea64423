import type { Clock } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/deadline.ts';
import { type Log, reasonOf } from '../../lib/log.ts';

interface SeldomOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** For the log: `runner groups`. */
  readonly what: string;
  readonly everyMs: number;
}

/** What changes seldom and nobody must wait for: asked again when it is due, kept where the asking fails. */
export interface Seldom<T> {
  /** As it was last said; undefined before. */
  value(key: string): T | undefined;
  /** Asks where it is due, for at most `ms`. Rejects only when the signal ends. */
  refresh(key: string, ms: number, signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<void>;
}

const retryMs = 10 * 60_000;

interface Entry<T> {
  value: T | undefined;
  dueAt: number;
  failing: boolean;
}

export function createSeldom<T>({ clock, log, what, everyMs }: SeldomOptions): Seldom<T> {
  const entries = new Map<string, Entry<T>>();

  function entryOf(key: string): Entry<T> {
    const known = entries.get(key) ?? { value: undefined, dueAt: Number.NEGATIVE_INFINITY, failing: false };
    entries.set(key, known);
    return known;
  }

  return {
    value: (key) => entries.get(key)?.value,
    async refresh(key, ms, signal, ask) {
      const entry = entryOf(key);
      if (clock.monotonic() < entry.dueAt) return;
      entry.dueAt = clock.monotonic() + retryMs;
      try {
        entry.value = await withDeadline(clock, { ms, what: 'GitHub', signal }, ask);
        entry.dueAt = clock.monotonic() + everyMs;
        entry.failing = false;
      } catch (error) {
        signal.throwIfAborted();
        // Once, not at each try: the runners themselves are told all the same.
        if (!entry.failing) log.warn({ what, scope: key, reason: reasonOf(error) }, 'github did not tell');
        entry.failing = true;
      }
    },
  };
}
