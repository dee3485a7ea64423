import { z } from 'zod';
import { reasonOf } from '../lib/log.ts';
import { Duration } from '../lib/schema.ts';
import type { GithubRunner, GithubScope } from '../model/runner.ts';
import { gauge, type Sample, sample } from '../model/sample.ts';
import type { GithubRateLimit, GithubSource } from '../sources/github/github-source.ts';
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
  ]),
  runners: gauge('github_runners', 'Runners registered in the scope, by what GitHub says of them.', [
    'scope',
    'status',
  ]),
  scopeSuccess: gauge('github_scope_success', "Whether the scope's runners could be read (1) or not (0).", ['scope']),
  limit: gauge('github_rate_limit_limit', 'Requests that GitHub allows within its window.', ['resource']),
  remaining: gauge('github_rate_limit_remaining', 'Requests left in the present window.', ['resource']),
  reset: gauge('github_rate_limit_reset_timestamp_seconds', 'When the present window ends.', ['resource']),
} as const;

export const githubRunners = defineCollector({
  name: 'github-runners',
  help: 'Registered runners and their state, as GitHub sees them.',
  schedule: 'interval',
  config: z.strictObject({
    enabled: z.boolean().default(true).describe('Whether GitHub is asked for its runners.'),
    interval: Duration.prefault('30s').describe('How often GitHub is asked.'),
    timeout: Duration.prefault('20s').describe('How long one collection may take.'),
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
    samples.push(...github.rateLimits().flatMap(limitSamples));
    if (failures.length > 0) throw new PartialCollection([...new Set(failures)].join('; '), samples);
    return samples;
  },
});

const noScopes = 'no github.repositories or github.organizations';

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
  const described = { os, version, labels: [...labels].sort().join(','), ephemeral: String(ephemeral) };
  return [
    sample(metrics.info, { ...identity, ...described }, 1),
    sample(metrics.busy, identity, Number(busy)),
    ...(status === 'unknown' ? [] : [sample(metrics.online, identity, Number(status === 'online'))]),
  ];
}

function limitSamples({ resource, limit, remaining, resetAt }: GithubRateLimit): readonly Sample[] {
  return [
    sample(metrics.limit, { resource }, limit),
    sample(metrics.remaining, { resource }, remaining),
    sample(metrics.reset, { resource }, resetAt / 1000),
  ];
}
