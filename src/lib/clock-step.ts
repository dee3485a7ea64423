import type { Clock } from './clock.ts';

/** Less is drift, which a clock daemon takes back without a step. */
const smallestStepMs = 1000;

/**
 * Returns a function that says by how many ms the wall clock was set since its last call; 0 where it was not. A machine
 * that slept looks as if its clock was set forward. Who plans by the wall clock moves its plans by this, so that they
 * keep their distance.
 */
export function createStepWatch(clock: Clock): () => number {
  const apart = (): number => clock.now() - clock.monotonic();
  let known = apart();
  return () => {
    const step = apart() - known;
    if (Math.abs(step) < smallestStepMs) return 0;
    known += step;
    return step;
  };
}
