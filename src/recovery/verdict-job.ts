import { wasAskedToEnd } from '../model/container.ts';
import type { RunnerEvidence } from '../model/runner.ts';
import { inWords } from './github-words.ts';
import { failsCheck, hasEnded, isOne, isPast, isRunning, type VerdictRule } from './verdict-rule.ts';

/** The container is down and nobody wanted it: Docker restarts it, or it ended with an error. */
export function endedBadly(evidence: RunnerEvidence): boolean {
  const { containerState, exitCode, stopAsked, maintenance } = evidence;
  // Who does not know that nobody wanted it does not know that it is bad.
  if (!isOne(evidence) || stopAsked !== false || maintenance !== false) return false;
  if (containerState === 'restarting') return true;
  return hasEnded(evidence) && exitCode !== undefined && !wasAskedToEnd(exitCode);
}

/** The health check itself says that nothing is left that could work on a job. */
export function isLifeless(evidence: RunnerEvidence): boolean {
  const { listener, worker } = evidence;
  return isOne(evidence) && isRunning(evidence) && failsCheck(evidence) && listener === false && worker === false;
}

/** A job comes before all else, because healing would kill it; only a job that shows no life is told as stuck. */
export const jobRules: readonly VerdictRule[] = [
  {
    verdict: 'stuck-busy',
    uses: ['busy', 'containerState', 'exitCode'],
    holds: (evidence) =>
      evidence.busy && endedBadly(evidence)
        ? `GitHub says busy, but its container ended with exit code ${evidence.exitCode ?? 'unknown'}`
        : undefined,
  },
  {
    verdict: 'stuck-busy',
    uses: ['busy', 'containerHealth', 'checkState', 'listener', 'worker'],
    holds: (evidence) =>
      evidence.busy && isLifeless(evidence)
        ? 'GitHub says busy, but neither a listener nor a worker runs in its container'
        : undefined,
  },
  {
    // With two registrations of the name, the other one may be the busy one, unless an id says which is its own.
    verdict: 'stuck-busy',
    uses: ['busy', 'worker', 'registrations', 'sameRegistration', 'jobLostSince'],
    holds: (evidence, { config, now }) => {
      const { busy, worker, registrations, sameRegistration, jobLostSince } = evidence;
      if (!busy || worker !== false || !isRunning(evidence)) return undefined;
      if (!isOne(evidence) || (registrations !== 1 && sameRegistration !== true)) return undefined;
      if (jobLostSince === undefined || !isPast(jobLostSince, config.lost_after, now)) return undefined;
      return `GitHub says busy, but no worker has run in its container for ${inWords(now - jobLostSince)}`;
    },
  },
  {
    verdict: 'stuck-busy',
    uses: ['busy', 'worker', 'busySince', 'quietSince'],
    holds: ({ busy, worker, busySince, quietSince }, { config, now }) => {
      if (!busy && !worker) return undefined;
      if (busySince === undefined || !isPast(busySince, config.stuck_after, now)) return undefined;
      if (quietSince === undefined || !isPast(quietSince, config.quiet_after, now)) return undefined;
      return `it has been busy for ${inWords(now - busySince)}, and its container has used next to no CPU time for ${inWords(now - quietSince)}`;
    },
  },
  {
    verdict: 'busy',
    uses: ['worker'],
    holds: ({ worker }) => (worker ? 'its worker process runs' : undefined),
  },
];
