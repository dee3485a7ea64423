import { z } from 'zod';
import { Duration, Regexp } from '../lib/schema.ts';
import type { GithubSource } from '../sources/github/github-source.ts';
import { type BaseDeps, defineCollector, PartialCollection } from './collector.ts';
import { queueMetrics } from './github/queue-metrics.ts';
import { readQueues } from './github/queue-round.ts';
import { type QueueViewDeps, queueSamples } from './github/queue-view.ts';

export type GithubQueueDeps = BaseDeps & QueueViewDeps & { readonly github: GithubSource };

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
  idle({ github, githubScopes }: GithubQueueDeps, { repositories }) {
    const isNothing = githubScopes.length === 0 && repositories.length === 0;
    const missing = [github.available(), isNothing ? nothing : undefined];
    return missing.filter((reason) => reason !== undefined).join(' and ') || undefined;
  },
  pace: ({ github }: GithubQueueDeps, { interval }) => github.pace(interval),
  view: (deps: GithubQueueDeps) => queueSamples(deps),

  async collect(deps: GithubQueueDeps, config, signal) {
    const failures = await readQueues(deps, config, signal);
    // A repository that does not answer keeps its jobs; when they were last told, it says.
    const samples = queueSamples(deps);
    if (failures.length > 0) throw new PartialCollection(failures.join('; '), samples);
    return samples;
  },
});

const nothing = 'no github.repositories, github.organizations, github.enterprises or repositories of its own';
