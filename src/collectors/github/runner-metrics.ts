import { gauge } from '../../model/sample.ts';

const ofRunner = ['runner', 'scope'] as const;
export const runnerMetrics = {
  online: gauge(
    'github_runner_online',
    'Whether GitHub sees the runner online (1) or offline (0); absent where it does not say.',
    ofRunner,
  ),
  busy: gauge('github_runner_busy', 'Whether GitHub says that the runner works on a job (1) or not (0).', ofRunner),
  info: gauge('github_runner_info', 'The runner as it is registered; always 1.', [
    ...ofRunner,
    'os',
    'version',
    'labels',
    'ephemeral',
    'group',
  ]),
  id: gauge(
    'github_runner_id',
    "GitHub's id of the runner's registration: another one registers with another id. Absent where the scope has two.",
    ofRunner,
  ),
  runners: gauge('github_runners', 'Runners registered in the scope, by what GitHub says of them.', [
    'scope',
    'status',
  ]),
  scopeSuccess: gauge('github_scope_success', "Whether the scope's runners could be read (1) or not (0).", ['scope']),
  scopeLastSuccess: gauge(
    'github_scope_last_success_timestamp_seconds',
    "When the scope's runners were last read: the age of what is known of them.",
    ['scope'],
  ),
  statusTime: gauge(
    'github_runner_status_timestamp_seconds',
    'When GitHub last said how the runner is; the status itself is absent where its last answer did not say it.',
    ofRunner,
  ),
  offlineSince: gauge(
    'github_runner_offline_since_timestamp_seconds',
    'Since when GitHub sees the runner offline, kept over restarts; absent while it is online.',
    ofRunner,
  ),
  removal: gauge(
    'github_runner_removal_timestamp_seconds',
    'When GitHub removes the runner if it stays offline: after 14 days, an ephemeral one after 1.',
    ofRunner,
  ),
  registrations: gauge(
    'github_runner_registrations',
    'Registrations under the name of the runner, over all scopes: more than one is a duplicate.',
    ['runner'],
  ),
  expectedVersion: gauge('github_runner_expected_version_info', 'The version that GitHub offers now; always 1.', [
    'scope',
    'version',
  ]),
  outdated: gauge(
    'github_runner_outdated',
    'Whether the runner is older than the version that GitHub offers (1) or not (0).',
    ofRunner,
  ),
  updateDeadline: gauge(
    'github_runner_update_deadline_timestamp_seconds',
    'When GitHub stops giving jobs to the outdated runner: 30 days after the release that it lacks.',
    ofRunner,
  ),
  omitted: gauge(
    'github_runners_omitted',
    'Runners of the scope that have no series of their own, because there are too many.',
    ['scope'],
  ),
} as const;
