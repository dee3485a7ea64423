import { type ContainerDetails, isUnderMaintenance } from '../model/container.ts';
import type { StandbyRun } from '../state/standby.ts';

/** A runner's container as it is at this moment. */
export interface PoolContainer {
  readonly runner: string;
  readonly isMember: boolean;
  readonly isRunning: boolean;
  /** Of members alone. */
  readonly details: ContainerDetails | undefined;
  /** What the runner has, or will have, in lower case. */
  readonly labels: readonly string[];
  readonly scopes: readonly string[];
}

/** Whether it is down because nobody needs it: it was never started, or Runnerwatch itself ended its last run. */
export function isOnStandby({ id, state }: ContainerDetails, runs: readonly StandbyRun[]): boolean {
  if (state.running) return false;
  if (state.status === 'created') return state.startedAt === undefined;
  return state.status === 'exited' && runs.some((run) => run.container === id && run.startedAt === state.startedAt);
}

/** Why a member may not be started; undefined where it may. What a person stopped stays stopped. */
export function barredFrom(details: ContainerDetails, runs: readonly StandbyRun[]): string | undefined {
  if (isUnderMaintenance(details)) return 'its container is labelled as being worked on';
  if (isOnStandby(details, runs)) return undefined;
  return `its container is ${details.state.status}, and it was not Runnerwatch that stopped it`;
}
