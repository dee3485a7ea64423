import type { WorldOptions } from './layout.ts';

/**
 * Hours are seconds here, but Runnerwatch reads the CPU time once a minute; and what looks after a job each second in these
 * worlds would pass for its life.
 */
export const quietWorld: WorldOptions = {
  settings: { verdict: { stuck_after: '30s', quiet_after: '70s' } },
  github: { longPollMs: 15_000 },
  env: { RUNNER_HEALTH_INTERVAL: '30s' },
};
