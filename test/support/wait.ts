import { setTimeout as delay } from 'node:timers/promises';

interface WaitOptions {
  readonly timeoutMs: number;
  /** What was waited for, with what was seen last. */
  readonly what: () => string;
}

const stepMs = 50;

/** For real services only, which have no clock to advance: looks again and again until it holds. */
export async function waitUntil(holds: () => boolean | Promise<boolean>, { timeoutMs, what }: WaitOptions) {
  for (const end = performance.now() + timeoutMs; !(await holds()); await delay(stepMs)) {
    if (performance.now() >= end) throw new Error(`not within ${timeoutMs} ms: ${what()}`);
  }
}
