import { type RunnerEvidence, type RunnerState, verdicts } from '../model/runner.ts';
import { gauge, type Sample, sample } from '../model/sample.ts';
import { githubSays } from './github-words.ts';
import { doubtOf, doubtUses, needsIdle } from './verdict-doubt.ts';
import { factsOf, withoutOld } from './verdict-facts.ts';
import type { Circumstances, VerdictRule } from './verdict-rule.ts';
import { verdictRules } from './verdict-rules.ts';

export type Judgement = Omit<RunnerState, 'since'>;

/** One verdict per runner. Pure: the same evidence always gives the same verdict. Never throws. */
export function judge(given: RunnerEvidence, circumstances: Circumstances): Judgement {
  const { now } = circumstances;
  const { evidence, old } = withoutOld(given, circumstances);
  const { rule, because } = firstThatHolds(evidence, circumstances);
  const doubt = needsIdle(rule) ? doubtOf(evidence, circumstances) : undefined;
  return {
    evidence,
    verdict: doubt === undefined ? rule.verdict : 'unknown',
    because: doubt === undefined ? because : `${because}; ${doubt}`,
    facts: [...factsOf(evidence, needsIdle(rule) ? [...rule.uses, ...doubtUses] : rule.uses), ...old],
    githubSays: githubSays(evidence, now),
  };
}

/** The last rule always holds. */
function firstThatHolds(
  evidence: RunnerEvidence,
  circumstances: Circumstances,
): { readonly rule: Pick<VerdictRule, 'verdict' | 'uses'>; readonly because: string } {
  for (const rule of verdictRules) {
    const because = rule.holds(evidence, circumstances);
    if (because !== undefined) return { rule, because };
  }
  return { rule: { verdict: 'unknown', uses: [] }, because: 'nothing is known of it' };
}

export const verdictMetrics = {
  verdict: gauge(
    'runnerwatch_runner_verdict',
    'The one verdict on a runner, joined from all that is known of it: 1 for the verdict that holds.',
    ['runner', 'verdict'],
  ),
  since: gauge(
    'runnerwatch_runner_verdict_since_timestamp_seconds',
    'Since when the verdict on the runner holds, kept over restarts.',
    ['runner'],
  ),
} as const;

export function verdictSamples(states: readonly RunnerState[]): readonly Sample[] {
  return states.flatMap(({ evidence: { runner }, verdict: holds, since }) => [
    ...verdicts.map((verdict) => sample(verdictMetrics.verdict, { runner, verdict }, Number(verdict === holds))),
    ...(since === undefined ? [] : [sample(verdictMetrics.since, { runner }, since / 1000)]),
  ]);
}
