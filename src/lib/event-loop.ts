import { setImmediate } from 'node:timers/promises';

/** Lets what waits for the event loop have its turn: requests, deliveries, timers. */
export async function otherTurns(): Promise<void> {
  await setImmediate();
}

/** One run of `work` at a time, in the order they were asked for; the first begins at once. */
export function oneAtATime(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<void> | undefined;
  return (work) => {
    const mine: Promise<void> = (last ? last.then(work, work) : work()).finally(() => {
      if (last === mine) last = undefined;
    });
    last = mine;
    return mine;
  };
}
