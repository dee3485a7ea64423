import type { ContainerDetails } from '../../model/container.ts';
import type { CleanUp } from '../clean-up-config.ts';
import type { Findings, Objection, Registration } from '../findings.ts';
import type { JudgedRunner, RecoveryPorts } from '../ports.ts';

/** What an action is told of the runner that it is to heal: asked a moment ago. */
export interface ActionTarget {
  readonly runner: string;
  /** Undefined where the runner has none here. */
  readonly container: Pick<ContainerDetails, 'id' | 'name'> | undefined;
  readonly registrations: readonly Registration[];
  readonly cleanUp: CleanUp;
  /** How long the container may take to stop. */
  readonly graceMs: number;
  /** How long to wait for what the action itself has to see. */
  readonly patienceMs: number;
  /** Asks everything again and says why the runner has to be left alone now. */
  recheck(): Promise<Objection>;
}

/** One step that recovery can take, as a plain object. It is told; it does not decide. */
export interface Action {
  /** Equals the file name and the `action` label. */
  readonly name: string;
  readonly help: string;
  /** Whether it changes something outside: only such a step costs of the budget. */
  readonly touches: boolean;
  /** Whether it needs a container, or a runner that has none. */
  readonly needs: 'container' | 'no-container';
  /** Whether it mends nothing, and is done when `act` is. */
  readonly onlyKeepsAway?: true;
  /**
   * Why it can do nothing for this runner, so that the next step is taken in its place. Asked before anybody else is, and
   * again with what was found.
   */
  unfit?(judged: JudgedRunner, findings: Findings | undefined): string | undefined;
  act(ports: RecoveryPorts, target: ActionTarget, signal: AbortSignal): Promise<void>;
}

/** Throws where there is none: the precondition should have said so. */
export function containerOf({ container, runner }: ActionTarget): Pick<ContainerDetails, 'id' | 'name'> {
  if (!container) throw new Error(`runner ${runner} has no container here`);
  return container;
}
