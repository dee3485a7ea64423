import { z } from 'zod';
import { Duration, Regexp } from '../lib/schema.ts';
import type { GithubScope } from '../model/runner.ts';
import { gauge, histogram } from '../model/sample.ts';
import type { GithubSource } from '../sources/github/github-source.ts';
import { type BaseDeps, defineCollector } from './collector.ts';

export type GithubQueueDeps = BaseDeps & {
  readonly github: GithubSource;
  readonly githubScopes: readonly GithubScope[];
};

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
    'Queued jobs that no online runner can take; missing is what the nearest of them lacks.',
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

export const githubQueue = defineCollector({
  name: 'github-queue',
  help: 'Jobs that wait for self-hosted runners or run on them, and those that no runner can take.',
  schedule: 'interval',
  config: z.strictObject({
    enabled: z.boolean().default(true).describe('Whether GitHub is asked for its queue.'),
    interval: Duration.prefault('30s').describe('How often GitHub is asked; webhooks tell the queue at once.'),
    timeout: Duration.prefault('30s').describe('How long one collection may take.'),
    repositories: z
      .array(z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'expected a repository as owner/name'))
      .default([])
      .describe('Repositories whose queue is read, beside those of github.repositories, as owner/name.'),
    max_repositories: z
      .int()
      .min(0)
      .max(100)
      .default(20)
      .describe('Repositories of each organization whose queue is read, those pushed to last first.'),
    ignore_labels: z
      .array(Regexp)
      .prefault(['^(ubuntu|windows|macos)-'])
      .describe("Labels of GitHub's own runners: a job that asks for one, and that no runner here has, is left out."),
  }),
  metrics: queueMetrics,
  async collect(_deps: GithubQueueDeps) {
    return [];
  },
});
