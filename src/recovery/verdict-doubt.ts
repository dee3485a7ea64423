import { faults, type RunnerEvidence } from '../model/runner.ts';
import { endedBadly, isLifeless } from './verdict-job.ts';
import { type Circumstances, isOne, isRunning, type VerdictRule } from './verdict-rule.ts';

/** What the doubt is looked for in. */
export const doubtUses: readonly (keyof RunnerEvidence)[] = [
  'containers',
  'containerState',
  'containerHealth',
  'checkState',
  'worker',
  'busy',
  'registered',
  'sameRegistration',
];

/**
 * Why a job may be running; undefined where it is known that none is. A fault is only told of a runner that is known
 * to be idle: a verdict must not get worse because something that would have spoken for the runner is missing.
 */
export function doubtOf(evidence: RunnerEvidence, { views }: Circumstances): string | undefined {
  const { hosted, containerHealth, checkTells, worker, busy, registered } = evidence;
  if (endedBadly(evidence) || isLifeless(evidence)) return undefined;
  if (hosted !== false && views.docker !== 'off') {
    if (!isOne(evidence)) return 'how many containers are its own is not known';
    if (!isRunning(evidence)) return 'the state of its container is not known';
    if (containerHealth === undefined) return 'its health is not known';
    if (worker === undefined && checkTells !== false) return 'whether a worker runs in it is not known';
  }
  if (views.github === 'off' || busy === false || registered === false || isTakenOver(evidence)) return undefined;
  return 'GitHub does not say whether it works on a job';
}

/** Whether GitHub lists its name, and only with registrations that are not its container's. */
export function isTakenOver({ agentId, githubId, sameRegistration }: RunnerEvidence): boolean {
  return sameRegistration === false && agentId !== undefined && githubId !== undefined;
}

/** Whether a verdict needs that proof. */
export function needsIdle({ verdict }: Pick<VerdictRule, 'verdict'>): boolean {
  return faults.has(verdict);
}
