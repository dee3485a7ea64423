import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Audit } from '../model/audit.ts';
import type { ContainerDetails } from '../model/container.ts';
import type { GithubRunner } from '../model/runner.ts';
import type { RecoveryStore } from '../state/recoveries.ts';

/** What GitHub says of one runner at this moment. `asked: false` where no GitHub is configured. */
export type GithubLook =
  | { readonly asked: false }
  | { readonly asked: true; readonly runner: GithubRunner | undefined };

/** Everything that recovery may reach. Each call rejects where the other side fails or does not answer in time. */
export interface RecoveryPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Audit;
  readonly docker: {
    /** The containers that are labelled as this runner's. */
    containersOf(runner: string, signal: AbortSignal): Promise<readonly ContainerDetails[]>;
    inspect(id: string, signal: AbortSignal): Promise<ContainerDetails | undefined>;
    /** The command lines of the container's processes, by its name: what touches a runner goes by that. */
    top(name: string, signal: AbortSignal): Promise<readonly string[]>;
    restart(name: string, graceSeconds: number, signal: AbortSignal): Promise<void>;
  };
  readonly github: { look(runner: string, signal: AbortSignal): Promise<GithubLook> };
  readonly store: RecoveryStore;
  /** Counts one decision or outcome. */
  count(action: string, outcome: string): void;
}
