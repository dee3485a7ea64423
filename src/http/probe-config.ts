import { z } from 'zod';

/** `probe:`, what /probe may do. */
export const ProbeConfig = z.strictObject({
  allow_any_target: z
    .boolean()
    .default(false)
    .describe(
      'Whether /probe probes every target that it is asked for; everyone who reaches this address can then use it as a scanner.',
    ),
  concurrency: z.int().min(1).max(200).default(20).describe('Probes of /probe at the same time; others wait.'),
});
