import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Audit } from '../model/audit.ts';
import type { ContainerDetails, Prune } from '../model/container.ts';
import type { Shortage } from '../model/runner.ts';
import type { RecoveryStore } from '../state/recoveries.ts';
import type { LadderStore } from '../state/recovery-ladders.ts';
import type { Cordon, CordonStore } from '../state/runner-cordons.ts';
import type { GithubLook, Registration } from './findings.ts';

/** The verdict that holds on a runner. */
export interface JudgedRunner {
  readonly verdict: string;
  readonly because: string;
  /** Since when it holds, ms since the epoch; undefined where nobody knows. */
  readonly since?: number | undefined;
  /** The evidence that decided. */
  readonly facts?: readonly object[] | undefined;
  /** The name of the container that it was last seen in. */
  readonly container?: string | undefined;
  /** What a starved one is short of. */
  readonly short?: Shortage | undefined;
}

/** What is counted and timed. Durations are ms. */
export interface RecoveryMeter {
  /** One decision or outcome. */
  count(action: string, outcome: string): void;
  /** From the beginning of the verdict to the first decision. */
  detected(verdict: string, ms: number): void;
  /** From the beginning of the verdict until the runner is well. */
  recovered(verdict: string, ms: number): void;
}

/** A registration by its id. */
export type LabelsOf = Pick<Cordon, 'scope' | 'id'>;

/** Everything that recovery may reach. Each call rejects where the other side fails or does not answer in time. */
export interface RecoveryPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Audit;
  /** Undefined where nothing is known of the runner. */
  verdictOf(runner: string): JudgedRunner | undefined;
  readonly docker: {
    /** The containers that are labelled as this runner's. */
    containersOf(runner: string, signal: AbortSignal): Promise<readonly ContainerDetails[]>;
    inspect(id: string, signal: AbortSignal): Promise<ContainerDetails | undefined>;
    /** The command lines of the container's processes, by its name: what touches a runner goes by that. */
    top(name: string, signal: AbortSignal): Promise<readonly string[]>;
    /** The same where it was asked for ahead, with when that was, by the monotonic clock; each answer once. */
    expected?(
      name: string,
    ): { readonly at: number; readonly answer: Promise<readonly string[] | undefined> } | undefined;
    start(name: string, signal: AbortSignal): Promise<void>;
    restart(name: string, graceSeconds: number, signal: AbortSignal): Promise<void>;
    stop(name: string, graceSeconds: number, signal: AbortSignal): Promise<void>;
    /** The bytes that it freed. */
    prune(prune: Prune, signal: AbortSignal): Promise<number>;
  };
  readonly github: {
    look(runner: string, signal: AbortSignal): Promise<GithubLook>;
    /** Takes a registration out; false where it works on a job. */
    remove(registration: Registration, signal: AbortSignal): Promise<boolean>;
    /** Takes away the labels that were given to it. False where the registration is gone, as with the next. */
    removeLabels(of: LabelsOf, signal: AbortSignal): Promise<boolean>;
    addLabels(of: LabelsOf, labels: readonly string[], signal: AbortSignal): Promise<boolean>;
  };
  /** Whether Runnerwatch let a runner of this name register. */
  isOurs(runner: string): boolean;
  /** Why all of recovery is switched off by the machine's administrator, beside the configuration; undefined where not. */
  switchedOff(): string | undefined;
  readonly store: RecoveryStore;
  readonly ladders: LadderStore;
  readonly cordons: CordonStore;
  /** Whether somebody waits for it to be idle, to stop it. */
  isDraining(runner: string): boolean;
  readonly meter: RecoveryMeter;
}
