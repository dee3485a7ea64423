import { counter, gauge, histogram } from '../../model/sample.ts';

const ofWorkflow = ['repository', 'workflow', 'branch'] as const;

export const pipelineMetrics = {
  runs: counter(
    'github_workflow_runs_total',
    'Workflow runs that ended, by workflow, class of branch and conclusion.',
    [...ofWorkflow, 'conclusion'],
  ),
  duration: histogram(
    'github_workflow_run_duration_seconds',
    'How long workflow runs took that succeeded, failed or timed out, waiting included.',
    ofWorkflow,
  ),
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
