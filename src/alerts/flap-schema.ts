import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import type { FlapSettings } from '../model/flap.ts';

/** At most a day: longer, and nobody is told that a trouble is over. */
const Span = Duration.refine((ms) => ms > 0 && ms <= 24 * 3_600_000, 'a duration from 1ms to 24h');

/** `flap_damping` in runnerwatch.yml. */
export const FlapDamping = z
  .strictObject({
    changes: z
      .int()
      .min(2)
      .max(100)
      .default(4)
      .describe('How many changes between firing and resolved make an alert a flapping one.'),
    within: Span.prefault('30m').describe('The time in which these changes are counted.'),
    steady_for: Span.prefault('10m').describe('How long it must not change until its true state is told.'),
  })
  .transform(({ changes, within: withinMs, steady_for: steadyForMs }): FlapSettings => {
    return { changes, withinMs, steadyForMs };
  });
