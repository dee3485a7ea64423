/** What a turn that will not come in time fails with. */
export class NoTurnError extends Error {
  override readonly name = 'NoTurnError';
}

/** At most `limit` at work at the same time, and at most `waiting` behind them; who comes then fails at once. */
export function createTurns(limit: number, waiting: number) {
  let working = 0;
  const queue = new Set<() => void>();

  async function wait(signal: AbortSignal): Promise<void> {
    if (queue.size >= waiting) throw new NoTurnError('too many are waiting already');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => reject(new NoTurnError('no turn came in time', { cause: signal.reason }));
    queue.add(resolve);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    try {
      await promise;
    } finally {
      queue.delete(resolve);
      signal.removeEventListener('abort', leave);
    }
  }

  function next(): void {
    const [first] = queue;
    if (first) {
      queue.delete(first);
      // The turn goes over to them: `working` stays.
      first();
    } else working -= 1;
  }

  /** Runs the work in its turn. Throws a NoTurnError where `signal` ends before that, or too many wait. */
  return async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    if (working >= limit) await wait(signal);
    else working += 1;
    try {
      return await work();
    } finally {
      next();
    }
  };
}
