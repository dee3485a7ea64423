import { type Clock, systemClock } from '../../../src/lib/clock.ts';

/**
 * Time that runs `factor` times as fast from `base` (Unix ms) on, in every process alike: so that a minute that rules
 * wait for after a restart is a second of a test.
 */
export function scaledClock(base: number, factor: number): Clock {
  return {
    now: () => Math.floor(base + (systemClock.now() - base) * factor),
    monotonic: () => systemClock.monotonic() * factor,
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
}
