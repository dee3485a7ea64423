import type { WorkflowJob } from '../../model/github.ts';

/** The labels that a job's series have. */
export interface JobSeries {
  readonly repository: string;
  /** The job's labels in lower case, sorted, joined by commas; `other` where there are too many sets of them. */
  readonly labels: string;
}

/** Names series for jobs, and bounds how many there are: some workflows make up a label for each of their runs. */
export interface JobSeriesNames {
  /** Each call is one job that has the series, until `release`. */
  take(job: WorkflowJob): JobSeries;
  release(series: JobSeries): void;
  /** The names of other repositories are free; what has too many of them to be named apart stays. */
  keepOnly(isWatched: (repository: string) => boolean): void;
  /** Those that a job has. */
  all(): readonly JobSeries[];
}

export const otherLabels = 'other';
const bounds = { repositories: 250, labelSets: 50 };

/** GitHub compares labels without regard to case: in lower case, in order, each once. */
export function plainLabels(labels: readonly string[]): readonly string[] {
  return [...new Set(labels.map((label) => label.toLowerCase()))].sort();
}

export function createJobSeriesNames({ repositories, labelSets } = bounds): JobSeriesNames {
  const inUse = new Map<string, Map<string, { readonly series: JobSeries; jobs: number }>>();

  function nameOf({ repository, labels: asked }: WorkflowJob): JobSeries {
    const sets = inUse.get(repository);
    if (!sets && inUse.size >= repositories) return { repository: otherLabels, labels: otherLabels };
    const labels = plainLabels(asked).join(',');
    const isFull = sets !== undefined && sets.size >= labelSets && !sets.has(labels);
    return { repository, labels: isFull ? otherLabels : labels };
  }
  return {
    take(job) {
      const series = nameOf(job);
      const sets = inUse.get(series.repository) ?? new Map<string, { readonly series: JobSeries; jobs: number }>();
      const known = sets.get(series.labels) ?? { series, jobs: 0 };
      known.jobs++;
      sets.set(series.labels, known);
      inUse.set(series.repository, sets);
      return known.series;
    },
    release({ repository, labels }) {
      const sets = inUse.get(repository);
      const known = sets?.get(labels);
      if (!sets || !known) return;
      known.jobs--;
      if (known.jobs === 0) sets.delete(labels);
      if (sets.size === 0) inUse.delete(repository);
    },
    keepOnly(isWatched) {
      for (const repository of inUse.keys()) {
        if (repository !== otherLabels && !isWatched(repository)) inUse.delete(repository);
      }
    },
    all: () => [...inUse.values()].flatMap((sets) => [...sets.values()].map(({ series }) => series)),
  };
}
