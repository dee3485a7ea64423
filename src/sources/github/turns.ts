/** Lets work through one at a time, in the order of asking: GitHub wants requests made serially. */
export function createTurns(): <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (signal, work) => {
    const turn = last.then(() => {
      // Whoever left while waiting does not take their turn.
      signal.throwIfAborted();
      return work();
    });
    last = turn.catch(() => undefined);
    return untilAborted(turn, signal);
  };
}

/** Settles with the work, or rejects with the signal's reason: nobody waits for those before them beyond their time. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
