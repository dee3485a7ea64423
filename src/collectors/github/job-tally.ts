import type { WorkflowJob } from '../../model/github.ts';
import type { Sample } from '../../model/sample.ts';
import { createHistogram } from '../buckets.ts';
import { createJobSeriesNames } from './job-series.ts';
import { queueMetrics, runBounds, waitBounds } from './queue-metrics.ts';

/** The times that jobs waited and ran, counted from the start of the process on. Times are in seconds. */
export interface JobTally {
  /** A counter that is there at 0 before it counts: what was counted before its first sample, rate() does not see. */
  expect(job: WorkflowJob): void;
  waited(job: WorkflowJob, seconds: number): void;
  ran(job: WorkflowJob, conclusion: string, seconds: number): void;
  /** What was counted of other repositories goes. */
  keepOnly(isWatched: (repository: string) => boolean): void;
  samples(): readonly Sample[];
}

export function createJobTally(): JobTally {
  const wait = createHistogram(queueMetrics.wait, waitBounds);
  const run = createHistogram(queueMetrics.run, runBounds);
  // A counter's series stays as long as its repository, so its names are never given to others.
  const names = createJobSeriesNames();
  const seriesOf = (job: WorkflowJob) => ({ ...names.take(job) });
  return {
    expect(job) {
      if (job.status === 'queued') wait.expect(seriesOf(job));
      if (job.status === 'in_progress') run.expect({ ...seriesOf(job), conclusion: 'success' });
    },
    waited: (job, seconds) => wait.observe(seriesOf(job), seconds),
    ran: (job, conclusion, seconds) => run.observe({ ...seriesOf(job), conclusion }, seconds),
    keepOnly(isWatched) {
      names.keepOnly(isWatched);
      const named = new Set(names.all().map(({ repository }) => repository));
      for (const times of [wait, run]) times.keepOnly(({ repository }) => named.has(repository));
    },
    samples: () => [...wait.samples(), ...run.samples()],
  };
}
