import { z } from 'zod';
import { reasonOf } from '../lib/log.ts';
import { Duration } from '../lib/schema.ts';
import type { GithubRunner, GithubScope } from '../model/runner.ts';
import { gauge, type Sample, sample } from '../model/sample.ts';
import type { GithubSource } from '../sources/github/github-source.ts';
import { type BaseDeps, defineCollector, PartialCollection } from './collector.ts';

export type GithubRunnersDeps = BaseDeps & {
  readonly github: GithubSource;
  readonly githubScopes: readonly GithubScope[];
};

const ofRunner = ['runner', 'scope'] as const;
const statuses = ['online', 'offline', 'unknown'] as const;

const metrics = {
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
    'When GitHub last said how the runner is; the status itself is absent where that is too long ago.',
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

export const githubRunners = defineCollector({
  name: 'github-runners',
  help: 'Registered runners and their state, as GitHub sees them.',
  schedule: 'interval',
  config: z.strictObject({
    enabled: z.boolean().default(true).describe('Whether GitHub is asked for its runners.'),
    interval: Duration.prefault('30s').describe('How often GitHub is asked.'),
    timeout: Duration.prefault('20s').describe('How long one collection may take.'),
    max_runners: z
      .int()
      .min(1)
      .max(10_000)
      .default(1000)
      .describe('Runners of each scope that have series of their own; further ones are only counted.'),
  }),
  metrics,
  idle({ github, githubScopes }: GithubRunnersDeps) {
    const missing = [github.available(), githubScopes.length === 0 ? noScopes : undefined];
    return missing.filter((reason) => reason !== undefined).join(' and ') || undefined;
  },

  async collect({ github, githubScopes }: GithubRunnersDeps, _config, signal) {
    const samples: Sample[] = [];
    const failures: string[] = [];
    for (const scope of githubScopes) {
      try {
        samples.push(...scopeSamples(scope.name, await github.listRunners(scope, signal)));
      } catch (error) {
        // Without its runners: what GitHub does not say now is unknown, not offline.
        samples.push(sample(metrics.scopeSuccess, { scope: scope.name }, 0));
        failures.push(reasonOf(error));
      }
    }
    if (failures.length > 0) throw new PartialCollection([...new Set(failures)].join('; '), samples);
    return samples;
  },
});

const noScopes = 'no github.repositories, github.organizations or github.enterprises';

function scopeSamples(scope: string, runners: readonly GithubRunner[]): readonly Sample[] {
  const counted = statuses.map((status) =>
    sample(metrics.runners, { scope, status }, runners.filter((runner) => runner.status === status).length),
  );
  return [
    sample(metrics.scopeSuccess, { scope }, 1),
    ...counted,
    ...oneOfEachName(runners).flatMap((runner) => runnerSamples(scope, runner)),
  ];
}

/** GitHub keeps names apart within a scope; were it not so, two series would be one. The one online is meant. */
function oneOfEachName(runners: readonly GithubRunner[]): readonly GithubRunner[] {
  const byName = new Map<string, GithubRunner>();
  for (const runner of runners) {
    if (byName.get(runner.name)?.status !== 'online') byName.set(runner.name, runner);
  }
  return [...byName.values()];
}

function runnerSamples(scope: string, found: GithubRunner): readonly Sample[] {
  const { name: runner, os, status, busy, labels, version = '', ephemeral } = found;
  const identity = { runner, scope };
  const described = { os, version, labels: [...labels].sort().join(','), ephemeral: String(ephemeral), group: '' };
  return [
    sample(metrics.info, { ...identity, ...described }, 1),
    sample(metrics.busy, identity, Number(busy)),
    ...(status === 'unknown' ? [] : [sample(metrics.online, identity, Number(status === 'online'))]),
  ];
}
