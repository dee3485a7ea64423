import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import { counter, gauge } from '../model/sample.ts';
import type { GithubSource } from '../sources/github/github-source.ts';
import { type BaseDeps, defineCollector } from './collector.ts';

export type GithubCredentialsDeps = BaseDeps & {
  readonly github: GithubSource;
};

const ofResource = ['credential', 'resource'] as const;

export const credentialMetrics = {
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
  metrics: credentialMetrics,
  async collect(_deps: GithubCredentialsDeps) {
    return [];
  },
});
