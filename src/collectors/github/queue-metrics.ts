import { gauge, histogram } from '../../model/sample.ts';

const ofLabels = ['repository', 'labels'] as const;

export const queueMetrics = {
  jobs: gauge('github_jobs', 'Jobs for self-hosted runners that are not completed, by the labels that they ask for.', [
    ...ofLabels,
    'status',
  ]),
  oldest: gauge(
    'github_job_oldest_queued_timestamp_seconds',
    'Since when the oldest of the queued jobs waits.',
    ofLabels,
  ),
  deadline: gauge(
    'github_job_deadline_timestamp_seconds',
    'When GitHub gives up the oldest of the queued jobs: a day after it was queued.',
    ofLabels,
  ),
  starved: gauge(
    'github_jobs_starved',
    'Queued jobs that no online runner of the scopes that are watched can take; missing is what the nearest of them lacks, or none online where all runners with the labels are offline.',
    [...ofLabels, 'missing'],
  ),
  wait: histogram('github_job_wait_seconds', 'How long jobs waited for a runner.', ofLabels),
  run: histogram('github_job_run_seconds', 'How long jobs ran.', [...ofLabels, 'conclusion']),
  success: gauge('github_queue_success', "Whether the repository's queue could be read (1) or not (0).", [
    'repository',
  ]),
  lastSuccess: gauge(
    'github_queue_last_success_timestamp_seconds',
    "When the repository's queue was last read, or told by a webhook.",
    ['repository'],
  ),
  omitted: gauge('github_jobs_omitted', 'Runs whose jobs were not asked for, because there are too many.', [
    'repository',
  ]),
} as const;

/** From a runner that is there at once to GitHub's deadline. */
export const waitBounds = [5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400];
export const runBounds = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200];
