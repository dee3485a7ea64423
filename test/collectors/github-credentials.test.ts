import { describe, expect, it } from 'vitest';
import { PartialCollection } from '../../src/collectors/collector.ts';
import { githubCredentials } from '../../src/collectors/github-credentials.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { GithubEdge } from '../../src/sources/github/edge.ts';
import { GithubError, type GithubFailure } from '../../src/sources/github/github-error.ts';
import type { GithubSource } from '../../src/sources/github/github-source.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fakeGithub } from '../support/fake-github.ts';
import { linesOfSamples } from '../support/host.ts';

const blind: GithubEdge = { certificateEnd: async () => undefined, keyModified: async () => undefined };
const config = githubCredentials.config.parse({});
const end = Date.parse('2026-12-31T00:00:00Z');

function depsOf(over: Partial<GithubSource>, githubEdge = blind) {
  return { clock: new FakeClock(), log: silentLog, github: fakeGithub(over), githubEdge };
}

/** The lines, and what the collection failed with. */
async function collected(over: Partial<GithubSource>, edge?: GithubEdge) {
  return linesOf(githubCredentials.collect(depsOf(over, edge), config, new AbortController().signal));
}

async function linesOf(collecting: Promise<readonly Sample[]>) {
  try {
    return { lines: linesOfSamples(await collecting), failure: undefined };
  } catch (error) {
    if (!(error instanceof PartialCollection)) throw error;
    return { lines: linesOfSamples(error.samples), failure: error.message };
  }
}

const taken = { name: 'token', valid: true, expiresAt: end };
const refused = { name: 'installation/octo', valid: false, expiresAt: undefined };
const fails = (error: Error) => ({ checkCredentials: () => Promise.reject(error) });

describe('what GitHub is asked with', () => {
  it('is told as GitHub last said it', async () => {
    const { lines, failure } = await collected(
      {
        credentials: () => [taken, refused, { name: 'app', valid: undefined, expiresAt: undefined }],
        rateLimits: () => [{ credential: 'token', resource: 'core', limit: 5000, remaining: 4999, resetAt: end }],
        missingPermissions: () => [{ scope: 'octo/homelab', permission: 'actions=read' }],
        clockSkewMs: () => -1500,
        requests: () =>
          new Map([
            ['200', 3],
            ['network', 1],
          ]),
        holds: () => [{ credential: 'installation/octo', until: end + 500 }],
        // A wait that is not for the budget is not told as if it were.
        pace: (ms) => ms * 9,
        stretch: () => 4,
      },
      { certificateEnd: async () => end, keyModified: async () => end - 500 },
    );
    expect(failure).toBeUndefined();
    expect(lines).toEqual([
      'github_api_certificate_expiration_timestamp_seconds 1798675200',
      'github_app_key_modified_timestamp_seconds 1798675199.5',
      'github_clock_skew_seconds -1.5',
      'github_credential_expiration_timestamp_seconds{credential="token"} 1798675200',
      'github_credential_valid{credential="installation/octo"} 0',
      'github_credential_valid{credential="token"} 1',
      'github_permission_missing{permission="actions=read",scope="octo/homelab"} 1',
      'github_poll_stretch_ratio 4',
      'github_rate_limit_held_until_timestamp_seconds{credential="installation/octo"} 1798675200.5',
      'github_rate_limit_limit{credential="token",resource="core"} 5000',
      'github_rate_limit_remaining{credential="token",resource="core"} 4999',
      'github_rate_limit_reset_timestamp_seconds{credential="token",resource="core"} 1798675200',
      'github_requests_total{result="200"} 3',
      'github_requests_total{result="network"} 1',
    ]);
  });

  it('is nothing that was not said', async () => {
    expect((await collected({})).lines).toEqual(['github_poll_stretch_ratio 1']);
  });

  it('is refused by GitHub: that is told, and the collection failed', async () => {
    const error = new GithubError('auth', 'the token was refused: Bad credentials');
    const { lines, failure } = await collected({ ...fails(error), credentials: () => [refused, taken] });
    expect(failure).toBe('the token was refused: Bad credentials');
    expect(lines).toContain('github_credential_valid{credential="installation/octo"} 0');
    expect(lines).toContain('github_credential_valid{credential="token"} 1');
  });

  it.each<GithubFailure>(['permission', 'not-found', 'rate-limit', 'refused'])(
    'is known where GitHub says no otherwise: %s',
    async (kind) => {
      const { lines } = await collected({ ...fails(new GithubError(kind, 'no')), credentials: () => [taken] });
      expect(lines).toContain('github_credential_valid{credential="token"} 1');
    },
  );

  it.each([
    new GithubError('network', 'GitHub could not be reached'),
    new GithubError('server', 'GitHub failed with 502'),
    new GithubError('malformed', 'GitHub answered with HTML'),
    new Error('the token file is gone'),
  ])('is unknown where GitHub was not heard: $message', async (error) => {
    const { lines, failure } = await collected({ ...fails(error), credentials: () => [taken, refused] });
    expect(failure).toBe(error.message);
    expect(lines).toEqual([
      'github_credential_expiration_timestamp_seconds{credential="token"} 1798675200',
      'github_poll_stretch_ratio 1',
    ]);
  });

  it('is unknown while GitHub hangs, and the rest is told in time', async () => {
    const deps = depsOf({ checkCredentials: () => new Promise(() => undefined), credentials: () => [taken] });
    const collecting = linesOf(githubCredentials.collect(deps, config, new AbortController().signal));
    await deps.clock.advance(config.timeout - 1);
    const { lines, failure } = await collecting;
    expect(failure).toBe('GitHub did not answer within 13.5 s');
    expect(lines).toContain('github_poll_stretch_ratio 1');
    expect(lines).not.toContain('github_credential_valid{credential="token"} 1');
  });

  it('is told though the certificate cannot be seen', async () => {
    const edge = { ...blind, certificateEnd: () => Promise.reject(new Error('cut off')) };
    const { lines, failure } = await collected({ credentials: () => [taken] }, edge);
    expect(failure).toBeUndefined();
    expect(lines).toContain('github_credential_valid{credential="token"} 1');
  });
});

it('is idle without any, and keeps the pace of the source', () => {
  expect(githubCredentials.idle?.(depsOf({ available: () => 'no github.token' }), config)).toBe('no github.token');
  expect(githubCredentials.idle?.(depsOf({}), config)).toBeUndefined();
  expect(githubCredentials.pace?.(depsOf({ pace: (ms) => ms * 2 }), config)).toBe(120_000);
});
