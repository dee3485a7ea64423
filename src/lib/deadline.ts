import type { Clock } from './clock.ts';

/** What a call that took too long fails with. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * Runs `work` with a signal that ends with `signal` or after `ms`, and settles at that moment even where the work
 * does not listen: a hung socket must not hold up its caller.
 */
export async function withDeadline<T>(
  clock: Clock,
  { ms, what, signal }: { readonly ms: number; readonly what: string; readonly signal?: AbortSignal | undefined },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const abort = (): void => own.abort(signal?.reason);
  if (signal?.aborted) throw signal.reason;
  signal?.addEventListener('abort', abort, { once: true });
  const cut = new Promise<never>((_, reject) => {
    own.signal.addEventListener('abort', () => reject(own.signal.reason), { once: true });
  });
  const timer = new AbortController();
  clock.sleep(ms, timer.signal).then(
    () => own.abort(new TimeoutError(`${what} did not answer within ${ms / 1000} s`)),
    () => undefined,
  );
  try {
    return await Promise.race([work(own.signal), cut]);
  } finally {
    timer.abort();
    cut.catch(() => undefined);
    signal?.removeEventListener('abort', abort);
  }
}
