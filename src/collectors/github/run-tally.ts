import { isDeepStrictEqual } from 'node:util';
import type { EndedRun } from '../../model/ended-run.ts';
import type { Sample } from '../../model/sample.ts';
import { createHistogram } from '../buckets.ts';
import { createCounts } from '../counts.ts';
import { pipelineMetrics } from './pipelines-metrics.ts';
import { createRunLabels, type LabelSettings, other, type RunLabels } from './run-labels.ts';

/** Workflow runs, counted from the start of the process on. */
export interface RunTally {
  /**
   * How runs are named from now on, and whose. What was counted of other repositories goes, and all where runs had
   * other names.
   */
  use(settings: LabelSettings, isWatched: (repository: string) => boolean): void;
  count(run: EndedRun, defaultBranch: string | undefined): void;
  /** A run of the past: its series begin at 0, so that the next one is seen as an increase. */
  expect(run: EndedRun, defaultBranch: string | undefined): void;
  samples(): readonly Sample[];
}

const bounds = [10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400] as const;
/** 200 workflows, 4 classes of branch, and a few conclusions each. */
const maxSeries = 5_000;
/** The others ended for reasons that say nothing of how long the work takes. */
const ranToTheEnd: readonly string[] = ['success', 'failure', 'timed_out'];

export function createRunTally(): RunTally {
  const runs = createCounts(pipelineMetrics.runs, maxSeries);
  const durations = createHistogram(pipelineMetrics.duration, bounds);
  let settings: LabelSettings = { workflows: [], max_workflows: 0 };
  let labelsOf = createRunLabels(settings);
  let isWatched: (repository: string) => boolean = () => true;

  function expectSeries(labels: RunLabels): void {
    // Both words that rules ask for: the first failure ever must be an increase too.
    for (const conclusion of [labels.conclusion, 'success', 'failure']) runs.expect({ ...labels, conclusion });
  }
  return {
    use(next, isWanted) {
      const isNamedAsBefore = isSame(next, settings);
      isWatched = (repository) => repository === other || isWanted(repository);
      for (const counted of [runs, durations]) {
        counted.keepOnly(({ repository }) => isNamedAsBefore && isWatched(repository));
      }
      settings = next;
      labelsOf = createRunLabels(settings, runs.labels());
    },
    expect(run, defaultBranch) {
      if (isWatched(run.repository)) expectSeries(labelsOf(run, defaultBranch));
    },
    count(run, defaultBranch) {
      const labels = labelsOf(run, defaultBranch);
      expectSeries(labels);
      runs.add(labels);
      const { conclusion, ...ofWorkflow } = labels;
      if (ranToTheEnd.includes(conclusion)) durations.observe(ofWorkflow, (run.endedAt - run.beganAt) / 1000);
    },
    samples: () => [...runs.samples(), ...durations.samples()],
  };
}

function isSame(a: LabelSettings, b: LabelSettings): boolean {
  return a.max_workflows === b.max_workflows && isDeepStrictEqual(a.workflows, b.workflows);
}
