import { wasAskedToEnd } from '../model/container.ts';
import type { RunnerEvidence } from '../model/runner.ts';
import { hasEnded, isOne, type VerdictRule } from './verdict-rule.ts';

/** What a person wants is no fault. */
export const stopRules: readonly VerdictRule[] = [
  {
    verdict: 'stopped',
    uses: ['containerState', 'exitCode', 'stopAsked', 'maintenance'],
    holds: (evidence) => (isOne(evidence) ? whyStopped(evidence) : undefined),
  },
  {
    verdict: 'busy',
    uses: ['busy'],
    holds: ({ busy }) => (busy ? 'GitHub says busy' : undefined),
  },
  {
    // Made anew elsewhere, it may be online meanwhile.
    verdict: 'stopped',
    uses: ['removed', 'github'],
    holds: ({ removed, github }) =>
      removed && github !== 'online' ? 'its container was removed a moment ago' : undefined,
  },
];

function whyStopped(evidence: RunnerEvidence): string | undefined {
  const { containerState, exitCode, stopAsked, maintenance } = evidence;
  if (containerState === 'paused' || containerState === 'created' || containerState === 'removing')
    return `its container is ${containerState}`;
  const isDown = hasEnded(evidence) || containerState === 'restarting';
  if (isDown && maintenance) return `its container is ${containerState}, and labelled as being worked on`;
  if (!hasEnded(evidence)) return undefined;
  if (stopAsked) return `its container is ${containerState}, as Docker was asked to stop it`;
  if (exitCode !== undefined && wasAskedToEnd(exitCode))
    return `its container is ${containerState} with exit code ${exitCode}`;
  return undefined;
}

/** Without these nothing can be said of the container. */
export const gapRules: readonly VerdictRule[] = [
  {
    verdict: 'unknown',
    uses: ['containers'],
    holds: ({ containers }) =>
      containers !== undefined && containers > 1
        ? `${containers} containers here are labelled as this runner, or have its RUNNER_NAME`
        : undefined,
  },
  {
    verdict: 'unknown',
    uses: ['container'],
    holds: ({ hosted, containerState }) =>
      hosted && containerState === undefined ? 'Docker did not say the state of its container' : undefined,
  },
  {
    verdict: 'unknown',
    uses: ['containerState'],
    holds: (evidence) =>
      hasEnded(evidence) && evidence.exitCode === undefined
        ? `its container is ${evidence.containerState}, and Docker did not say with which code`
        : undefined,
  },
];

const hopWords: Readonly<Record<string, string>> = {
  gateway: 'the gateway',
  wan: 'the WAN',
  dns: 'the nameserver',
  github: 'GitHub itself',
};

/** A cause that no restart mends, and that explains whatever else seems wrong. Whom GitHub sees online is not cut off. */
export const cutOffRules: readonly VerdictRule[] = [
  {
    verdict: 'cut-off',
    uses: ['brokenAt', 'github'],
    holds: (evidence) =>
      mayBeCutOff(evidence) && evidence.brokenAt !== undefined
        ? `${hopWords[evidence.brokenAt] ?? evidence.brokenAt} does not answer`
        : undefined,
  },
  {
    verdict: 'cut-off',
    uses: ['egress', 'github'],
    holds: (evidence) =>
      mayBeCutOff(evidence) && evidence.egress === false ? 'GitHub does not answer its container' : undefined,
  },
  {
    verdict: 'cut-off',
    uses: ['clockSkewSeconds', 'github'],
    holds: (evidence, { config }) => {
      const { clockSkewSeconds: skew } = evidence;
      if (!mayBeCutOff(evidence) || skew === undefined || Math.abs(skew) * 1000 <= config.max_clock_skew) return;
      return `its clock is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} GitHub's, which refuses that`;
    },
  },
];

function mayBeCutOff({ container, github }: RunnerEvidence): boolean {
  return container !== undefined && github !== 'online';
}
