import type { Clock } from '../../lib/clock.ts';
import type { GithubScope } from '../../model/runner.ts';
import { type Sample, sample } from '../../model/sample.ts';
import type { JobLedger, OpenJob } from './job-ledger.ts';
import { queuedLimitMs } from './job-record.ts';
import { type JobSeries, otherLabels } from './job-series.ts';
import { freshRunners, missingFor } from './job-starvation.ts';
import { queueMetrics } from './queue-metrics.ts';
import type { QueuePolls } from './queue-polls.ts';
import type { RunnerMemory } from './runner-memory.ts';

export interface QueueViewDeps {
  readonly clock: Clock;
  readonly githubScopes: readonly GithubScope[];
  readonly jobs: JobLedger;
  readonly queuePolls: QueuePolls;
  readonly runnerMemory: RunnerMemory;
  /** How often runners are read now, in ms. */
  readonly runnersPaceMs: () => number;
}

/** A job that is not completed, with what keeps it. Times are ms since the epoch. */
interface ShownJob extends OpenJob {
  /** See `missingFor`; undefined where nothing is, or nobody knows. */
  readonly missing: string | undefined;
  /** When GitHub gives it up; undefined where it is not queued. */
  readonly deadline: number | undefined;
}

/** Those that wait longest first. */
export function shownJobs(deps: QueueViewDeps): readonly ShownJob[] {
  const now = deps.clock.now();
  const open = deps.jobs.open();
  const repositories = new Set(open.map(({ job }) => job.repository));
  const runners = new Map([...repositories].map((name) => [name, freshRunners(name, deps, now)]));
  return open
    .map((shown) => {
      const { job, queuedAt } = shown;
      if (job.status !== 'queued') return { ...shown, missing: undefined, deadline: undefined };
      const known = runners.get(job.repository);
      const missing = known && missingFor(job.labels, known);
      return { ...shown, missing, deadline: (queuedAt ?? job.createdAt) + queuedLimitMs };
    })
    .sort((a, b) => (a.queuedAt ?? a.job.createdAt) - (b.queuedAt ?? b.job.createdAt) || a.job.id - b.job.id);
}

/** The picture from what is known, without asking anybody. */
export function queueSamples(deps: QueueViewDeps): readonly Sample[] {
  const shown = shownJobs(deps);
  return [
    ...repositorySamples(deps),
    ...countSamples(deps.jobs.series(), shown),
    ...waitingSamples(shown),
    ...starvedSamples(shown),
    ...deps.jobs.samples(),
  ];
}

function repositorySamples({ jobs, queuePolls }: QueueViewDeps): readonly Sample[] {
  const toldAt = jobs.toldAt();
  // A repository that only webhooks tell of has its time alone; how many those are, the series' names bound.
  const named = new Set([...queuePolls.repositories.keys(), ...jobs.series().map(({ repository }) => repository)]);
  return [...named].flatMap((repository) => {
    const poll = queuePolls.repositories.get(repository);
    const times = [poll?.readAt, toldAt.get(repository)].filter((at) => at !== undefined);
    return [
      ...(poll ? [sample(queueMetrics.success, { repository }, Number(poll.success))] : []),
      ...(poll ? [sample(queueMetrics.omitted, { repository }, poll.omitted)] : []),
      ...(times.length > 0 ? [sample(queueMetrics.lastSuccess, { repository }, Math.max(...times) / 1000)] : []),
    ];
  });
}

/** Both usual states of all sets of labels that were seen lately, 0 included, and the others where there are any. */
function countSamples(series: readonly JobSeries[], shown: readonly ShownJob[]): readonly Sample[] {
  const counts = new Map<string, { readonly labels: JobSeries & { readonly status: string }; jobs: number }>();
  const at = (labels: JobSeries & { readonly status: string }) => {
    const key = JSON.stringify([labels.repository, labels.labels, labels.status]);
    const count = counts.get(key) ?? { labels, jobs: 0 };
    counts.set(key, count);
    return count;
  };
  for (const set of series) for (const status of ['queued', 'in_progress']) at({ ...set, status });
  for (const { job, series: set } of shown) at({ ...set, status: job.status }).jobs++;
  return [...counts.values()].map(({ labels, jobs }) => sample(queueMetrics.jobs, labels, jobs));
}

/** Of each series the first that is queued: they come in the order in which they wait. */
function waitingSamples(shown: readonly ShownJob[]): readonly Sample[] {
  const oldest = new Map<JobSeries, number>();
  for (const { series, deadline } of shown) {
    if (deadline !== undefined && !oldest.has(series)) oldest.set(series, deadline);
  }
  return [...oldest].flatMap(([series, deadline]) => [
    sample(queueMetrics.oldest, { ...series }, (deadline - queuedLimitMs) / 1000),
    sample(queueMetrics.deadline, { ...series }, deadline / 1000),
  ]);
}

function starvedSamples(shown: readonly ShownJob[]): readonly Sample[] {
  const starved = new Map<JobSeries, { readonly missing: string; jobs: number }>();
  for (const { series, missing } of shown) {
    if (missing === undefined) continue;
    // All jobs of one set of labels lack the same; those of different sets may lack anything.
    const count = starved.get(series) ?? { missing: series.labels === otherLabels ? otherLabels : missing, jobs: 0 };
    count.jobs++;
    starved.set(series, count);
  }
  return [...starved].map(([series, { missing, jobs }]) => sample(queueMetrics.starved, { ...series, missing }, jobs));
}
