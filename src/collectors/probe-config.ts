import { z } from 'zod';
import { Duration } from '../lib/schema.ts';

interface Usual {
  readonly interval: string;
  readonly probeTimeout: string;
  readonly probeTimeoutHelp?: string;
  readonly concurrency?: { readonly usual: number; readonly most: number };
}

/** The keys of a collector that probes on its own schedule. */
export function probeConfig(usual: Usual) {
  const {
    probeTimeoutHelp = 'How long one probe may take where its module sets no timeout.',
    concurrency = { usual: 20, most: 200 },
  } = usual;
  return z
    .strictObject({
      enabled: z.boolean().default(true).describe('Run this collector.'),
      interval: Duration.refine((ms) => ms >= 1_000, 'expected at least 1s')
        .prefault(usual.interval)
        .describe('How often each target is probed.'),
      timeout: Duration.prefault('2m').describe('How long one round over all targets may take.'),
      probe_timeout: Duration.refine((ms) => ms >= 100, 'expected at least 100ms')
        .prefault(usual.probeTimeout)
        .describe(probeTimeoutHelp),
      concurrency: z
        .int()
        .min(1)
        .max(concurrency.most)
        .default(concurrency.usual)
        .describe('Targets probed at the same time.'),
    })
    .refine(({ timeout, probe_timeout }) => timeout > probe_timeout, {
      path: ['timeout'],
      message: 'expected more than probe_timeout',
    });
}
