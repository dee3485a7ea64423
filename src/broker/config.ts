import { z } from 'zod';
import { Listen } from '../lib/listen-address.ts';
import { Duration } from '../lib/schema.ts';

/** The `broker` section of runnerwatch.yml. */
export const BrokerConfig = z.strictObject({
  keys_dir: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Directory with the digest of each runner's key, as <runner>/key.sha256; without it no runner is given anything.",
    ),
  listen: Listen.optional().describe(
    'Address and port that serve runners, and nothing else, such as runnerwatch-broker:9479; a name is looked up at the start. ' +
      'listen then serves no runner, and cuts off who reaches it by this address. Without it, listen serves runners too.',
  ),
  budget: z
    .strictObject({
      grants: z.int().min(1).default(60).describe('Starts of one runner that are given something within the window.'),
      window: Duration.prefault('1h').describe('The window that the starts are counted in.'),
    })
    .prefault({})
    .describe('How often one runner may be given something, so that a crash loop has an end.'),
});
export type BrokerConfig = z.output<typeof BrokerConfig>;
