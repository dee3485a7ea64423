import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import type { GithubSource } from '../sources/github/github-source.ts';
import { type BaseDeps, defineCollector, PartialCollection } from './collector.ts';
import { pipelineMetrics } from './github/pipelines-metrics.ts';
import { pollRepositories } from './github/pipelines-poll.ts';
import type { RunLedger } from './github/run-ledger.ts';

export type GithubPipelinesDeps = BaseDeps & {
  readonly github: GithubSource;
  readonly runs: RunLedger;
};

const Deployment = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'expected a name of letters, digits, dots and dashes')
    .describe('The name, as the deployment label has it.'),
  repository: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, 'expected a repository as owner/name')
    .describe('The repository that the workflow is in, as owner/name.'),
  workflow: z.string().min(1).describe("The workflow's name, or the name of its file such as deploy.yml."),
  branch: z.string().min(1).optional().describe('The branch that is deployed; by default every one.'),
});

export const githubPipelines = defineCollector({
  name: 'github-pipelines',
  help: 'Workflow runs and how they end, and the deployments among them.',
  schedule: 'interval',
  config: z.strictObject({
    enabled: z.boolean().default(true).describe('Whether GitHub is asked for workflow runs.'),
    interval: Duration.prefault('1m').describe('How often GitHub is asked; webhooks tell ends of runs at once.'),
    timeout: Duration.prefault('30s').describe('How long one collection may take.'),
    workflows: z
      .array(z.string().min(1))
      .default(['*'])
      .describe('Names or file names of workflows that are told one by one, * for any text; the rest is other.'),
    max_workflows: z
      .int()
      .min(1)
      .max(200)
      .default(30)
      .describe('Workflows that are told one by one at most; further ones are other.'),
    deployments: z
      .array(Deployment)
      .max(50)
      .refine(hasEachNameOnce, 'expected each name once')
      .default([])
      .describe('Workflows that deploy something.'),
    window: Duration.prefault('30d').describe('The window that the figures of deployments are over.'),
  }),
  metrics: pipelineMetrics,
  idle({ github, runs }) {
    const missing = [github.available(), runs.repositories.length === 0 ? noRepositories : undefined];
    return missing.filter((reason) => reason !== undefined).join(' and ') || undefined;
  },
  pace: ({ github }, { interval }) => github.pace(interval),
  view: ({ runs }) => runs.samples(),

  async collect(deps: GithubPipelinesDeps, config, signal) {
    const { runs } = deps;
    // Less than it may take: a repository that hangs must not cost what is known of the others.
    const failures = await pollRepositories(deps, { ms: config.timeout * 0.9, signal });
    runs.keep();
    if (failures.length > 0) throw new PartialCollection(failures.join('; '), runs.samples());
    return runs.samples();
  },
});

const noRepositories = 'no github.repositories and no collectors.github-pipelines.deployments';

function hasEachNameOnce(deployments: readonly { readonly name: string }[]): boolean {
  return new Set(deployments.map(({ name }) => name)).size === deployments.length;
}
