import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import type { GithubScope } from '../model/runner.ts';
import { counter, gauge, histogram } from '../model/sample.ts';
import type { GithubSource } from '../sources/github/github-source.ts';
import { type BaseDeps, defineCollector } from './collector.ts';

export type GithubPipelinesDeps = BaseDeps & {
  readonly github: GithubSource;
  readonly githubScopes: readonly GithubScope[];
};

export const pipelineMetrics = {
  runs: counter(
    'github_workflow_runs_total',
    'Workflow runs that ended, by workflow, class of branch and conclusion.',
    ['repository', 'workflow', 'branch', 'conclusion'],
  ),
  duration: histogram('github_workflow_run_duration_seconds', 'How long workflow runs took, waiting included.', [
    'repository',
    'workflow',
    'branch',
  ]),
  deployments: counter('github_deployments_total', 'Deployments that ended, by outcome.', ['deployment', 'outcome']),
  deploymentDuration: histogram('github_deployment_duration_seconds', 'How long successful deployments took.', [
    'deployment',
  ]),
  inWindow: gauge('github_deployments_in_window', 'Deployments that ended within the window, by outcome.', [
    'deployment',
    'outcome',
  ]),
  window: gauge('github_deployment_window_seconds', 'The window that the figures of deployments are over.', [
    'deployment',
  ]),
  successRatio: gauge(
    'github_deployment_success_ratio',
    'The part of the deployments within the window that succeeded.',
    ['deployment'],
  ),
  meanRecovery: gauge(
    'github_deployment_mean_recovery_seconds',
    'Mean time within the window from a failed deployment to the next that succeeded.',
    ['deployment'],
  ),
  recovery: histogram(
    'github_deployment_recovery_seconds',
    'How long it took from a failed deployment to the next that succeeded.',
    ['deployment'],
  ),
  last: gauge('github_deployment_last_timestamp_seconds', 'When a deployment last ended with the outcome.', [
    'deployment',
    'outcome',
  ]),
  failingSince: gauge(
    'github_deployment_failing_since_timestamp_seconds',
    'When the first deployment failed after the last that succeeded; absent while the last one succeeded.',
    ['deployment'],
  ),
  success: gauge('github_pipelines_success', "Whether the repository's runs could be read (1) or not (0).", [
    'repository',
  ]),
  lastSuccess: gauge(
    'github_pipelines_last_success_timestamp_seconds',
    "When the repository's runs were last read, or told by a webhook.",
    ['repository'],
  ),
} as const;

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
    deployments: z.array(Deployment).max(50).default([]).describe('Workflows that deploy something.'),
    window: Duration.prefault('30d').describe('The window that the figures of deployments are over.'),
  }),
  metrics: pipelineMetrics,
  async collect(_deps: GithubPipelinesDeps) {
    return [];
  },
});
