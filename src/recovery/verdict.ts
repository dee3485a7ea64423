import { wasAskedToEnd } from '../model/container.ts';
import { type RunnerEvidence, type RunnerState, type Verdict, verdicts } from '../model/runner.ts';
import { gauge, type Sample, sample } from '../model/sample.ts';
import { githubSays, lastWord } from './github-words.ts';

/** Whether a source is asked at all, and whether it answers: what is missing must never read as bad. */
export type SourceView = 'off' | 'answering' | 'failing';

export interface Views {
  readonly docker: SourceView;
  readonly github: SourceView;
}

type Ruling = readonly [Verdict, string];

/** One verdict per runner. Pure: the same evidence always gives the same verdict. `now` is ms since the epoch. */
export function judge(evidence: RunnerEvidence, views: Views, now: number): RunnerState {
  const [verdict, because] =
    evidence.container === undefined ? withoutContainer(evidence, views, now) : ofContainer(evidence, views, now);
  return { evidence, verdict, because, githubSays: githubSays(evidence, now) };
}

function withoutContainer(evidence: RunnerEvidence, { docker }: Views, now: number): Ruling {
  const { github, busy } = evidence;
  if (github === 'unknown') return ['unknown', `GitHub does not say how it is${lastWord(evidence, now)}`];
  if (github === 'online') return busy ? ['busy', 'GitHub says busy'] : ['healthy', 'GitHub says online'];
  if (github !== 'offline') return ['unknown', 'neither Docker nor GitHub says how it is'];
  if (docker !== 'answering')
    return ['unknown', 'GitHub says offline, and Docker does not say whether it has a container'];
  return ['ghost', 'GitHub says offline, and it has no container here'];
}

function ofContainer(evidence: RunnerEvidence, views: Views, now: number): Ruling {
  const { containerState, exitCode } = evidence;
  if (containerState === 'running') return ofRunning(evidence, views, now);
  if (containerState === 'restarting')
    return ['crashed', `Docker restarts it after exit code ${exitCode ?? 'unknown'}`];
  if (containerState === undefined) return ['unknown', 'Docker did not say the state of its container'];
  if (containerState === 'exited' || containerState === 'dead') {
    return exitCode !== undefined && !wasAskedToEnd(exitCode)
      ? ['crashed', `its container ended with exit code ${exitCode}`]
      : ['stopped', `its container is ${containerState}`];
  }
  return ['stopped', `its container is ${containerState}`];
}

function ofRunning(evidence: RunnerEvidence, views: Views, now: number): Ruling {
  const { containerHealth, worker, busy, github } = evidence;
  if (worker) return ['busy', 'its worker process runs'];
  if (containerHealth === 'unhealthy') return ['unhealthy', 'its health check fails'];
  if (containerHealth === 'starting') return ['starting', 'its health check has not passed yet'];
  if (github === 'online')
    return busy ? ['busy', 'GitHub says busy'] : ['healthy', 'its container runs and GitHub says online'];
  if (github === 'offline') return ['zombie', 'its container runs, but GitHub says offline'];
  if (views.github === 'off') return ['healthy', 'its container runs; GitHub is not asked'];
  return ['unknown', `its container runs, but GitHub does not say how it is${lastWord(evidence, now)}`];
}

export const verdictMetric = gauge(
  'runnerwatch_runner_verdict',
  'The one verdict on a runner, joined from Docker and GitHub: 1 for the verdict that holds.',
  ['runner', 'verdict'],
);

export function verdictSamples(states: readonly RunnerState[]): readonly Sample[] {
  return states.flatMap(({ evidence: { runner }, verdict: holds }) =>
    verdicts.map((verdict) => sample(verdictMetric, { runner, verdict }, Number(verdict === holds))),
  );
}
