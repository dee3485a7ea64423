import { healthMetrics } from '../collectors/container-health-metrics.ts';
import { unreachableSamples } from '../collectors/depends.ts';
import type { Collecting, CollectorStatus } from '../collectors/run.ts';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../lib/clock.ts';
import type { RunnerState } from '../model/runner.ts';
import type { Sample } from '../model/sample.ts';
import { evidenceFrom } from '../recovery/evidence.ts';
import { judge, type SourceView, verdictSamples } from '../recovery/verdict.ts';
import type { Latest } from '../samples/latest.ts';

/** The present state, joined from what all collectors said last. */
export interface Picture {
  runners(): readonly RunnerState[];
  /** Everything that is not prom-client's own: the collectors' samples, how they fare, what follows from them, the engine's own. */
  samples(): readonly Sample[];
}

export function createPicture(
  clock: Clock,
  latest: Latest,
  collecting: Pick<Collecting, 'status' | 'samples'>,
  targets: Config['targets'],
  engineSamples: () => readonly Sample[],
): Picture {
  function runners(): readonly RunnerState[] {
    const status = collecting.status();
    const now = clock.now();
    const views = { docker: viewOf(status, 'container-health'), github: viewOf(status, 'github-runners') };
    return evidenceFrom(latest.all()).map((evidence) => judge(evidence, views, now));
  }
  return {
    runners,
    samples: () => [
      ...latest.all(),
      ...unreachableSamples(targets, latest.all()),
      ...collecting.samples(),
      ...verdictSamples(runners()),
      ...engineSamples(),
    ],
  };
}

/** The runners that have a container here, as far as Docker said. */
export function hostedRunners(latest: Pick<Latest, 'of'>): ReadonlySet<string> {
  const samples = latest.of('container-health').filter(({ metric }) => metric.name === healthMetrics.runnerInfo.name);
  return new Set(samples.map(({ labels }) => labels.runner ?? ''));
}

function viewOf(statuses: readonly CollectorStatus[], name: string): SourceView {
  const status = statuses.find((candidate) => candidate.name === name);
  if (!status || status.idle !== undefined) return 'off';
  return status.success ? 'answering' : 'failing';
}
