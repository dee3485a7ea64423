import { z } from 'zod';
import { withDeadline } from '../lib/deadline.ts';
import { reasonOf } from '../lib/log.ts';
import { Duration } from '../lib/schema.ts';
import { counter, gauge, type Sample, sample } from '../model/sample.ts';
import type { GithubEdge } from '../sources/github/edge.ts';
import { GithubError, type GithubFailure } from '../sources/github/github-error.ts';
import type { GithubSource } from '../sources/github/github-source.ts';
import { type BaseDeps, defineCollector, PartialCollection } from './collector.ts';

type GithubCredentialsDeps = BaseDeps & {
  readonly github: GithubSource;
  readonly githubEdge: GithubEdge;
};

const ofResource = ['credential', 'resource'] as const;

const metrics = {
  valid: gauge(
    'github_credential_valid',
    'Whether GitHub took the credential when it was last used (1) or refused it (0).',
    ['credential'],
  ),
  expiration: gauge(
    'github_credential_expiration_timestamp_seconds',
    'When the credential ends; absent where it does not, or GitHub does not say.',
    ['credential'],
  ),
  keyModified: gauge(
    'github_app_key_modified_timestamp_seconds',
    "When the file of the App's private key was last changed: keys have no end of their own.",
  ),
  certificate: gauge(
    'github_api_certificate_expiration_timestamp_seconds',
    "When the first certificate in the chain of GitHub's API ends.",
  ),
  missing: gauge('github_permission_missing', 'Always 1: a permission that GitHub named when it refused a call.', [
    'scope',
    'permission',
  ]),
  limit: gauge('github_rate_limit_limit', 'Requests that GitHub allows within its window.', ofResource),
  remaining: gauge('github_rate_limit_remaining', 'Requests left in the present window.', ofResource),
  reset: gauge('github_rate_limit_reset_timestamp_seconds', 'When the present window ends.', ofResource),
  held: gauge(
    'github_rate_limit_held_until_timestamp_seconds',
    'Until when nothing is asked, because GitHub announced a limit; absent where none holds.',
    ['credential'],
  ),
  skew: gauge('github_clock_skew_seconds', "How far this machine's clock is ahead of GitHub's."),
  requests: counter('github_requests_total', 'Requests to GitHub, by the status of the answer or network.', ['result']),
  pace: gauge(
    'github_poll_stretch_ratio',
    "How many times longer than configured the intervals of GitHub's collectors are, to keep within the budget.",
  ),
} as const;

export const githubCredentials = defineCollector({
  name: 'github-credentials',
  help: 'What GitHub is asked with: whether it is taken, when it ends, what it may not do, and how much is left of its limits.',
  schedule: 'interval',
  config: z.strictObject({
    enabled: z.boolean().default(true).describe('Whether the credentials are tried; that costs nothing of the limit.'),
    interval: Duration.prefault('1m').describe('How often they are tried.'),
    timeout: Duration.prefault('15s').describe('How long one collection may take.'),
  }),
  metrics,
  idle: ({ github }: GithubCredentialsDeps) => github.available(),
  pace: ({ github }: GithubCredentialsDeps, { interval }) => github.pace(interval),

  async collect({ github, githubEdge, clock }: GithubCredentialsDeps, { timeout }, signal) {
    // Earlier than the collection itself would be cut off: the rest of the picture is known without GitHub.
    const deadline = { ms: timeout * 0.9, what: 'GitHub', signal };
    const [failure, certificate, key] = await Promise.all([
      withDeadline(clock, deadline, (cut) => github.checkCredentials(cut)).then(
        () => undefined,
        (error: unknown) => ({ error }),
      ),
      githubEdge.certificateEnd(signal).catch(() => undefined),
      githubEdge.keyModified(),
    ]);
    const samples = [
      ...credentialSamples(github, !failure || isAnswer(failure.error)),
      ...limitSamples(github),
      ...atTime(metrics.certificate, certificate),
      ...atTime(metrics.keyModified, key),
    ];
    if (failure) throw new PartialCollection(reasonOf(failure.error), samples, failure.error);
    return samples;
  },
});

const silences: ReadonlySet<GithubFailure> = new Set(['network', 'server', 'malformed']);

/** Whether GitHub itself said no. Where it was not heard, nobody knows whether it still takes a credential. */
function isAnswer(error: unknown): boolean {
  return error instanceof GithubError && !silences.has(error.failure);
}

function credentialSamples(github: GithubSource, heard: boolean): readonly Sample[] {
  const credentials = github
    .credentials()
    .flatMap(({ name: credential, valid, expiresAt }) => [
      ...(heard && valid !== undefined ? [sample(metrics.valid, { credential }, Number(valid))] : []),
      ...(expiresAt === undefined ? [] : [sample(metrics.expiration, { credential }, expiresAt / 1000)]),
    ]);
  const missing = github
    .missingPermissions()
    .map(({ scope, permission }) => sample(metrics.missing, { scope, permission }, 1));
  return [...credentials, ...missing];
}

function limitSamples(github: GithubSource): readonly Sample[] {
  const limits = github.rateLimits().flatMap(({ credential, resource, limit, remaining, resetAt }) => {
    const labels = { credential, resource };
    return [
      sample(metrics.limit, labels, limit),
      sample(metrics.remaining, labels, remaining),
      sample(metrics.reset, labels, resetAt / 1000),
    ];
  });
  const holds = github.holds().map(({ credential, until }) => sample(metrics.held, { credential }, until / 1000));
  const skew = github.clockSkewMs();
  return [
    ...limits,
    ...holds,
    ...(skew === undefined ? [] : [sample(metrics.skew, {}, skew / 1000)]),
    ...[...github.requests()].map(([result, count]) => sample(metrics.requests, { result }, count)),
    sample(metrics.pace, {}, github.stretch()),
  ];
}

function atTime(metric: typeof metrics.certificate, ms: number | undefined): readonly Sample[] {
  return ms === undefined ? [] : [sample(metric, {}, ms / 1000)];
}
