import type { Clock } from '../../lib/clock.ts';
import { createDeploymentTally, type DeploymentTally } from './deployment-tally.ts';
import { createJobTally, type JobTally } from './job-tally.ts';
import { createRunTally, type RunTally } from './run-tally.ts';

/** What is counted as long as the process lives: a counter that fell at each reload would tell of a restart. */
export interface GithubTallies {
  /** Runs that ended before are the past. */
  readonly startedAt: number;
  readonly jobs: JobTally;
  readonly runs: RunTally;
  readonly deployments: DeploymentTally;
}

/** GitHub's times are whole seconds: what ends in this one is no past. */
export function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

export function createGithubTallies(clock: Pick<Clock, 'now'>): GithubTallies {
  return {
    startedAt: wholeSecond(clock.now()),
    jobs: createJobTally(),
    runs: createRunTally(),
    deployments: createDeploymentTally(),
  };
}
