import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FakeClock } from './fake-clock.ts';

/** What is not done in so many turns of the event loop waits for time to pass. */
const turns = 50;

/** Lets time pass until the work is done: what fails at GitHub is tried again after a while. */
export async function whilePassing<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = (): void => {
    isDone = true;
  };
  work.then(done, done);
  for (let turn = 1; !isDone; turn++) {
    await nextTurn();
    if (turn % turns === 0) await clock.advance(100);
  }
  return work;
}
