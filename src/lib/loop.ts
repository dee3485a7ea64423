import type { Clock } from './clock.ts';

/**
 * Calls `tick` every `intervalMs`, asked anew each time where it is a function, the first time at once, until the signal
 * ends. A tick that takes longer than the interval skips the beats that it missed; ticks never overlap. `tick` handles
 * its own errors.
 */
export async function every(
  clock: Clock,
  intervalMs: number | (() => number),
  signal: AbortSignal,
  tick: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  let due = clock.monotonic();
  while (!signal.aborted) {
    await tick(signal);
    const now = clock.monotonic();
    const interval = typeof intervalMs === 'number' ? intervalMs : intervalMs();
    due += interval * Math.max(1, Math.ceil((now - due) / interval));
    const ended = await clock.sleep(due - now, signal).then(
      () => false,
      () => true,
    );
    if (ended) return;
  }
}

/** Shares one run of `work` among all who ask while it is under way. */
export function singleFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  };
}

/**
 * Shares runs of `work` among those who need one that began after they asked: who asks while one is under way joins
 * the next. `work` must not reject.
 */
export function freshFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  function start(): Promise<T> {
    next = undefined;
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  }
  return () => {
    // Asked first: between the end of one and the begin of the next, none is under way.
    if (next) return next;
    if (!running) return start();
    next = running.then(start);
    return next;
  };
}

/** Maps with at most `limit` calls under way; results keep the order of the items. */
export async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const rest = items.entries();
  async function worker(): Promise<void> {
    for (const [index, item] of rest) results[index] = await work(item);
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
