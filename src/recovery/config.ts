import { z } from 'zod';
import { Duration, Regexp, Secret } from '../lib/schema.ts';
import { CleanUp } from './clean-up-config.ts';
import { Ladders, page } from './ladder-config.ts';
import { ScalingConfig } from './scaling-config.ts';

const Budget = z.strictObject({
  attempts: z.int().min(1).default(3).describe('Actions on one runner within the window.'),
  total: z.int().min(1).default(6).describe('Actions on all runners together within the window.'),
  window: Duration.prefault('1h').describe('The window that the attempts are counted in.'),
});

const Backoff = z.strictObject({
  first: Duration.prefault('30s').describe('The wait after the first action; doubles with each further one.'),
  max: Duration.prefault('15m').describe('The longest wait between two actions, without its jitter.'),
  jitter: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe(
      'By which part of itself a wait may be longer, so that runners that failed together do not go on together.',
    ),
});

const Breaker = z.strictObject({
  ladders: z
    .int()
    .min(1)
    .default(2)
    .describe('After how many ladders in a row that did not help a runner is quarantined until a person releases it.'),
  pause: Duration.prefault('1h').describe('How long after a ladder that did not help the next one may begin.'),
});

const Ghosts = z.strictObject({
  after: Duration.prefault('1h').describe('How long a runner must have been a ghost before it is taken out of GitHub.'),
  names: z
    .array(Regexp)
    .default([])
    .describe(
      'Ghosts that may be taken out, as patterns of their whole names, beside those that Runnerwatch let register in the last 30 days.',
    ),
});

/** The `recovery` section of runnerwatch.yml. */
export const RecoveryConfig = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether alerts that arrive at /api/v1/recover may heal runners.'),
    token: Secret.optional().describe('Bearer token that /api/v1/recover asks for; without one the endpoint refuses.'),
    dry_run: z.boolean().default(false).describe('Decide and report, but never touch a container nor GitHub.'),
    ladders: Ladders.prefault({}).describe(
      'What is tried for a runner, by its verdict: one step each time an alert asks.',
    ),
    allow_stuck_busy: z
      .boolean()
      .default(false)
      .describe('Whether the ladder of stuck-busy may do more than page: that ends a job that shows no life.'),
    grace: Duration.prefault('90s').describe('How long a container may take to stop before Docker kills it.'),
    verify_timeout: Duration.prefault('5m').describe(
      'How long a runner may take to be healthy and online after a step.',
    ),
    max_concurrent: z.int().min(1).default(1).describe('How many runners may be healed at the same time.'),
    budget: Budget.prefault({}).describe('How often runners may be touched.'),
    backoff: Backoff.prefault({}).describe('How long to wait between two actions on one runner.'),
    breaker: Breaker.prefault({}).describe('When to stop trying.'),
    clean_up: CleanUp.prefault({}).describe("What the step clean-up removes at the host's Docker."),
    ghosts: Ghosts.prefault({}).describe('Which registrations without a container may be taken out of GitHub.'),
    scaling: ScalingConfig.prefault({}).describe('How many runners of the pool run, by the jobs that wait.'),
  })
  .refine(({ allow_stuck_busy, ladders }) => allow_stuck_busy || ladders['stuck-busy'].every((step) => step === page), {
    path: ['ladders', 'stuck-busy'],
    error: 'expected only page, or allow_stuck_busy: true, which lets the steps end a job',
  });
export type RecoveryConfig = z.output<typeof RecoveryConfig>;
