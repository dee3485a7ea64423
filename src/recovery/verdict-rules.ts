import type { RunnerEvidence } from '../model/runner.ts';
import { lastWord } from './github-words.ts';
import { cutOffRules, gapRules, stopRules } from './verdict-elsewhere.ts';
import { containerRules, runnerRules } from './verdict-fault.ts';
import { jobRules } from './verdict-job.ts';
import { isRunning, type VerdictRule } from './verdict-rule.ts';

/** Nothing speaks against it. */
const wellRules: readonly VerdictRule[] = [
  {
    verdict: 'healthy',
    uses: ['github', 'containerState', 'containerHealth'],
    holds: (evidence) => {
      const { github, hosted } = evidence;
      if (github !== 'online') return undefined;
      if (isRunning(evidence)) return 'its container runs and GitHub says online';
      return hosted ? undefined : 'GitHub says online';
    },
  },
  {
    verdict: 'healthy',
    uses: ['containerState', 'containerHealth'],
    holds: (evidence, { views }) =>
      isRunning(evidence) && views.github === 'off' ? 'its container runs; GitHub is not asked' : undefined,
  },
];

const unknownRule: VerdictRule = {
  verdict: 'unknown',
  uses: ['containerState', 'github', 'agentId', 'githubId'],
  holds: (evidence, { now }) => whatIsMissing(evidence, now),
};

function whatIsMissing(evidence: RunnerEvidence, now: number): string {
  const { github, registered } = evidence;
  if (isRunning(evidence)) {
    if (github === undefined && evidence.githubId !== undefined)
      return 'its container runs, but GitHub lists its name with another registration; both are asked again';
    if (registered === false) return 'its container runs, but no scope that is watched lists it';
    if (github === 'offline') return 'its container runs and GitHub says offline, but its health is not known';
    return `its container runs, but GitHub does not say how it is${lastWord(evidence, now)}`;
  }
  if (github === 'unknown') return `GitHub does not say how it is${lastWord(evidence, now)}`;
  if (github === 'offline') return 'GitHub says offline, and Docker does not say whether it has a container';
  return 'neither Docker nor GitHub says how it is';
}

/**
 * The first rule that holds gives the verdict. Why in this order: a job must not be killed, so it comes before all else;
 * what a person stopped is meant to be down; where the container's state is missing, nothing that follows can be said;
 * a cause elsewhere explains the runner's faults, and no healing of the runner mends it; of the runner's own faults the
 * cause comes before its effects; that all is well is only said where nothing speaks against it.
 */
export const verdictRules: readonly VerdictRule[] = [
  ...jobRules,
  ...stopRules,
  ...gapRules,
  ...cutOffRules,
  ...containerRules,
  ...runnerRules,
  ...wellRules,
  unknownRule,
];
