import { type ContainerDetails, isUnderMaintenance, maintenanceLabel, wasAskedToEnd } from '../model/container.ts';
import { factsOf, saysUnhealthy } from '../model/runner-facts.ts';
import { runsJob } from '../model/runner-process.ts';
import { type Findings, type Objection, ownRegistrations } from './findings.ts';

/** The step that is to be taken, and for what. */
export interface Intent {
  readonly action: string;
  readonly needs: 'container' | 'no-container';
  readonly verdict: string;
  /** Whether even a runner that says busy may be touched: only for one that is stuck, and only where that is allowed. */
  readonly evenBusy: boolean;
  /** Whether one that was started a moment ago may be touched: in the middle of a step, which started it itself. */
  readonly evenStarting?: boolean;
}

/** Faults that do not show in the container's health nor at GitHub: that both are well is no recovery. */
export const hiddenFaults: ReadonlySet<string> = new Set(['crash-looping', 'outdated', 'starved', 'stuck-busy']);

/**
 * The last question before an action, answered from what was asked just now. A job is never killed: GitHub, the
 * container's processes and its health check each have a veto, and no answer is not a yes.
 */
export function objection(findings: Findings, intent: Intent): Objection {
  const { container } = findings;
  const busy = intent.evenBusy ? undefined : busyBy(findings);
  if (busy !== undefined) return { outcome: 'busy', reason: busy };
  if (intent.needs === 'no-container') return objectionToRemoval(findings);
  if (!container) return { outcome: 'unknown', reason: 'its container is not there any more' };
  if (isUnderMaintenance(container))
    return { outcome: 'paused', reason: `its container has the label ${maintenanceLabel}` };
  if (!container.state.running) return objectionToStart(container);
  if (findings.processes === undefined) {
    return { outcome: 'unknown', reason: 'Docker did not say whether its worker process runs' };
  }
  if (container.health?.status === 'starting' && !intent.evenStarting) {
    return { outcome: 'unknown', reason: 'its health check has not passed since it was started' };
  }
  if (!hiddenFaults.has(intent.verdict) && isWell({ ...findings, container })) {
    return { outcome: 'recovered', reason: 'it is well again' };
  }
  return intent.action === 'reregister' ? objectionToRemoving(findings) : undefined;
}

/** Who says that it works on a job; undefined where nobody does. */
export function busyBy(findings: Findings): string | undefined {
  const { container, processes = [] } = findings;
  if (ownRegistrations(findings).some(({ runner }) => runner.busy)) return 'GitHub says it works on a job';
  if (runsJob(processes)) return 'its worker process runs';
  // Of a container that ended, the last word of its health check is old.
  const facts = container?.state.running ? factsOf(container.health?.lastOutput ?? '') : undefined;
  return facts?.flags.get('worker') ? 'its health check says that a worker runs' : undefined;
}

/** What a person stopped stays stopped; what crashed may be started again. */
function objectionToStart({ state: { status, exitCode } }: ContainerDetails): Objection {
  const stopped = status === 'paused' || status === 'created' || wasAskedToEnd(exitCode);
  return stopped ? { outcome: 'stopped', reason: `its container is ${status}, as somebody wanted it` } : undefined;
}

/** Only what GitHub sees offline is taken out. */
function objectionToRemoving(findings: Findings): Objection {
  const other = ownRegistrations(findings).find(({ runner }) => runner.status !== 'offline');
  return (
    other && { outcome: 'unknown', reason: `GitHub says ${other.runner.status}, and only what is offline is taken out` }
  );
}

function objectionToRemoval(findings: Findings): Objection {
  const { container, github } = findings;
  if (container) return { outcome: 'recovered', reason: 'it has a container here' };
  if (!github.asked) return { outcome: 'unknown', reason: 'GitHub is not asked' };
  if (github.registrations.length === 0) return { outcome: 'recovered', reason: 'GitHub does not list it any more' };
  return objectionToRemoving(findings);
}

/** The last question before a runner is stopped that has nothing to do: all three witnesses say so, and it is well. */
export function objectionToStop(findings: Findings): Objection {
  const { container } = findings;
  const busy = busyBy(findings);
  if (busy !== undefined) return { outcome: 'busy', reason: busy };
  if (!container) return { outcome: 'unknown', reason: 'its container is not there any more' };
  if (isUnderMaintenance(container))
    return { outcome: 'paused', reason: `its container has the label ${maintenanceLabel}` };
  if (findings.processes === undefined) {
    return { outcome: 'unknown', reason: 'Docker did not say whether its worker process runs' };
  }
  return isWell({ ...findings, container }) ? undefined : { outcome: 'unknown', reason: 'it is not well any more' };
}

/** The proof that an action worked, and the reason not to do one: container well, and GitHub sees it online. */
export function isWell(seen: Pick<Findings, 'github'> & { readonly container: ContainerDetails }): boolean {
  const { container, github } = seen;
  if (!container.state.running) return false;
  const health = container.health?.status ?? 'none';
  if ((health !== 'healthy' && health !== 'none') || saysUnhealthy(container.health?.lastOutput ?? '')) return false;
  return !github.asked || ownRegistrations(seen).some(({ runner }) => runner.status === 'online');
}
