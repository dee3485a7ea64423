import { z } from 'zod';
import { Duration } from '../lib/schema.ts';

/** How many runners run: those of the pool are started and stopped as jobs wait. */
export const ScalingConfig = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('Whether runners of the pool are started when jobs wait and stopped when they have nothing to do.'),
    min: z.int().min(1).default(2).describe('So many runners that are well stay: none is stopped below.'),
    max: z.int().min(1).default(5).describe('No runner is started where so many run.'),
    wait: Duration.prefault('1m').describe('How long a job must have waited before a runner is started for it.'),
    idle: Duration.prefault('15m').describe(
      'How long a runner of the pool must have had nothing to do, and no job waited for it, before it is stopped.',
    ),
    cooldown: Duration.prefault('2m').describe('The time between two starts or stops: a runner has to come up first.'),
  })
  .refine(({ min, max }) => min <= max, { path: ['max'], error: 'expected no less than recovery.scaling.min' });
export type ScalingConfig = z.output<typeof ScalingConfig>;
