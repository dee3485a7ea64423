import { z } from 'zod';
import { Duration, Secret } from '../lib/schema.ts';

/** The `recovery` section of runnerwatch.yml. */
export const RecoveryConfig = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether alerts that arrive at /api/v1/recover may restart containers.'),
  token: Secret.optional().describe('Bearer token that /api/v1/recover asks for; without one the endpoint refuses.'),
  dry_run: z.boolean().default(false).describe('Decide and report, but never touch a container.'),
  grace: Duration.prefault('90s').describe('How long a container may take to stop before Docker kills it.'),
  verify_timeout: Duration.prefault('5m').describe('How long a restarted runner may take to be healthy and online.'),
  budget: z
    .strictObject({
      attempts: z.int().min(1).default(3).describe('Restarts of one runner within the window.'),
      window: Duration.prefault('1h').describe('The window that the attempts are counted in.'),
    })
    .prefault({})
    .describe('How often one runner may be restarted.'),
  backoff: z
    .strictObject({
      first: Duration.prefault('30s').describe('The wait after the first restart; doubles with each further one.'),
      max: Duration.prefault('15m').describe('The longest wait between two restarts.'),
    })
    .prefault({})
    .describe('How long to wait between two restarts of one runner.'),
});
export type RecoveryConfig = z.output<typeof RecoveryConfig>;
