import { z } from 'zod';
import { ByteSize, Duration } from '../lib/schema.ts';

/** The `verdict` section of runnerwatch.yml. */
export const VerdictConfig = z.strictObject({
  max_age: Duration.prefault('15m').describe(
    'Evidence that is older counts as missing; longer than the intervals of collectors and health checks.',
  ),
  stuck_after: Duration.prefault('6h').describe('How long a runner may be busy before signs of life are asked for.'),
  // Its CPU time is read once a minute: in a shorter time nothing would have been read twice.
  quiet_after: Duration.refine((ms) => ms >= 60_000, 'expected at least 1m')
    .prefault('1h')
    .describe('How long the container of such a runner must use next to no CPU time to be called stuck.'),
  lost_after: Duration.prefault('15m').describe(
    'How long GitHub may call a runner busy in which no worker runs; then its job is lost, and the runner stuck.',
  ),
  crash_loop: z
    .strictObject({
      ends: z.int().min(2).max(10).default(3).describe('Ends of its container within the time, though nobody asked.'),
      within: Duration.prefault('15m').describe('The time that the ends are counted in.'),
    })
    .prefault({})
    .describe('When a runner that crashes again and again is called crash-looping.'),
  min_free_disk: ByteSize.prefault('512MB').describe("Less space in the jobs' directory starves a runner."),
  min_free_inodes: z.int().min(0).default(10_000).describe("Fewer inodes in the jobs' directory starve a runner."),
  min_free_memory: ByteSize.prefault('64MB').describe('Less available memory of the host starves its runners.'),
  max_clock_skew: Duration.prefault('5m').describe(
    "A clock that is further from GitHub's cuts a runner off, because GitHub refuses what it signs.",
  ),
});
export type VerdictConfig = z.output<typeof VerdictConfig>;
