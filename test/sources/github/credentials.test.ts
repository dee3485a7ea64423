import { describe, expect, it } from 'vitest';
import { expirationIn } from '../../../src/sources/github/credential-book.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { createGithubEmulator } from '../../support/github-emulator/index.ts';
import { failureOf, organization, repository, signal, sourceFor } from './source-for.ts';

const start = Date.parse('2026-01-01T00:00:00Z');

describe('when a token ends', () => {
  it.each([
    ['2026-12-31 00:00:00 UTC', '2026-12-31T00:00:00Z'],
    ['2026-12-31 00:00:00 +0000', '2026-12-31T00:00:00Z'],
    ['2026-12-31 02:00:00 +0200', '2026-12-31T00:00:00Z'],
    ['2026-12-30 19:30:00 -04:30', '2026-12-31T00:00:00Z'],
    ['2026-12-31T00:00:00Z', '2026-12-31T00:00:00Z'],
  ])('is read from %s', (header, time) => expect(expirationIn(header)).toBe(Date.parse(time)));

  it.each([undefined, '', 'never', '2026-12-31', '2026-13-41 00:00:00 UTC', '2026-12-31 00:00:00'])(
    'is not known from %s',
    (header) => expect(expirationIn(header)).toBeUndefined(),
  );

  it('is told, and so is that it did', async () => {
    const clock = new FakeClock(start);
    await using github = await createGithubEmulator({ clock, tokens: { ghp_ending: { expires: start + 60_000 } } });
    const { source, told } = sourceFor(github, clock, { token: async () => 'ghp_ending', scopes: [repository] });
    expect(source.credentials()).toEqual([{ name: 'token', valid: undefined, expiresAt: undefined }]);
    await source.listRunners(repository, signal);
    expect(source.credentials()).toEqual([{ name: 'token', valid: true, expiresAt: start + 60_000 }]);
    await clock.advance(60_000);
    for (let poll = 0; poll < 4; poll++) {
      expect((await failureOf(source.listRunners(repository, signal))).message).toBe(
        'the token was refused: Bad credentials; it may be wrong, expired or revoked',
      );
      await clock.advance(10_000);
    }
    expect(source.credentials()).toEqual([{ name: 'token', valid: false, expiresAt: start + 60_000 }]);
    // GitHub locks out who comes again and again: after 25 s it is tried once more.
    expect(github.requests().map(({ status }) => status)).toEqual([200, 401, 401]);
    expect(told).toEqual([
      {
        action: 'token-refused',
        at: start + 60_000,
        outcome: 'failure',
        message:
          'The credential token does not serve: the token was refused: Bad credentials; it may be wrong, expired or revoked.',
        labels: { credential: 'token' },
      },
    ]);
  });
});

describe('a token that was replaced', () => {
  it('is used by the next request, and nothing that was said to the old one counts', async () => {
    const clock = new FakeClock(start);
    const tokens = { old: { expires: start + 3_600_000, runners: 'none' }, new: {} } as const;
    await using github = await createGithubEmulator({ clock, tokens });
    let token = 'old';
    const { source, told } = sourceFor(github, clock, { token: async () => token });
    await source.defaultBranch('o/r', signal);
    await failureOf(source.listRunners(repository, signal));
    github.setRateLimit({ credential: 'old', remaining: 0 });
    const ask = () => source.defaultBranch('o/r', signal);
    await failureOf(ask());
    expect(await failureOf(ask())).toMatchObject({ failure: 'rate-limit' });
    expect(source.missingPermissions()).toEqual([{ scope: 'o/r', permission: 'administration=read' }]);
    token = 'new';
    expect(await ask()).toBe('main');
    expect(github.requests().map(({ status }) => status)).toEqual([200, 403, 403, 200]);
    expect(source.credentials()).toEqual([{ name: 'token', valid: true, expiresAt: undefined }]);
    expect(source.rateLimits()).toMatchObject([{ remaining: 4999 }]);
    expect(source.missingPermissions()).toEqual([]);
    expect(told).toEqual([
      {
        action: 'token-renewed',
        at: start,
        outcome: 'success',
        message: 'The credential token was replaced by another.',
        labels: { credential: 'token' },
      },
    ]);
  });

  it('is tried at once although the old one was refused a moment ago', async () => {
    const clock = new FakeClock(start);
    await using github = await createGithubEmulator({ clock, tokens: { new: {} } });
    let token = 'old';
    const { source, told } = sourceFor(github, clock, { token: async () => token });
    await failureOf(source.listRunners(repository, signal));
    token = 'new';
    expect(await source.listRunners(repository, signal)).toEqual([]);
    expect(told.map(({ action }) => action)).toEqual(['token-refused', 'token-renewed']);
  });

  it('by a file that cannot be read is told, with the file', async () => {
    const clock = new FakeClock(start);
    await using github = await createGithubEmulator({ clock });
    const token = (): Promise<string> => Promise.reject(new Error('/run/secrets/token is empty'));
    const { source } = sourceFor(github, clock, { token, scopes: [repository] });
    expect(await failureOf(source.listRunners(repository, signal))).toMatchObject({
      failure: 'auth',
      message: 'github.token cannot be read: /run/secrets/token is empty',
    });
    expect(source.credentials()).toEqual([{ name: 'token', valid: false, expiresAt: undefined }]);
  });
});

describe('missing permissions', () => {
  it('are told by scope, until the call is allowed', async () => {
    const clock = new FakeClock(start);
    await using github = await createGithubEmulator({ clock, tokens: { t: { runners: 'none' } } });
    const { source } = sourceFor(github, clock, { token: async () => 't' });
    const failure = await failureOf(source.listRunners(repository, signal));
    expect(failure.message).toBe(
      'the token may not read the runners of o/r: it needs the permission administration=read',
    );
    await failureOf(source.expectedVersion(repository, signal));
    await failureOf(source.listRunners(organization, signal));
    expect(source.missingPermissions()).toEqual([
      { scope: 'o/r', permission: 'administration=read' },
      { scope: 'acme', permission: 'organization_self_hosted_runners=read' },
    ]);
    // A credential without a permission is taken nevertheless.
    await source.defaultBranch('o/r', signal);
    expect(source.credentials()).toMatchObject([{ name: 'token', valid: true }]);
    github.addToken('t', { runners: 'read' });
    await source.listRunners(organization, signal);
    expect(source.missingPermissions()).toEqual([{ scope: 'o/r', permission: 'administration=read' }]);
    await source.listRunners(repository, signal);
    await source.expectedVersion(repository, signal);
    expect(source.missingPermissions()).toEqual([]);
  });

  it.each([
    ['administration=read', 'administration=read'],
    ['a=read, b=write', 'a=read,b=write'],
    [
      'repository_projects=write; organization_projects=admin',
      'repository_projects=write or organization_projects=admin',
    ],
  ])('are named as in %s', async (header, permission) => {
    const clock = new FakeClock(start);
    await using github = await createGithubEmulator({ clock });
    github.fail({ match: '', status: 403, body: {}, headers: { 'x-accepted-github-permissions': header } });
    const { source } = sourceFor(github, clock);
    await failureOf(source.listRunners(repository, signal));
    expect(source.missingPermissions()).toEqual([{ scope: 'o/r', permission }]);
  });

  it.each([
    [403, 'repo', 'read:org', 'repo'],
    [403, 'admin:org, repo', 'repo, workflow', 'admin:org'],
    [403, 'admin:org, repo', '', 'admin:org or repo'],
    [404, 'admin:org', 'repo', 'admin:org'],
  ])('are named for a classic token: %i, %s is accepted and it has %j', async (status, accepted, has, permission) => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    const headers = { 'x-accepted-oauth-scopes': accepted, 'x-oauth-scopes': has };
    github.fail({ match: '', times: 1, status, body: { message: 'Must have admin rights.' }, headers });
    const { source } = sourceFor(github, clock);
    const { message } = await failureOf(source.listRunners(repository, signal));
    if (status === 403) expect(message).toContain(`it needs the scope ${permission}`);
    expect(source.missingPermissions()).toEqual([{ scope: 'o/r', permission }]);
    await source.listRunners(repository, signal);
    expect(source.missingPermissions()).toEqual([]);
  });

  it.each<[number, Record<string, string>, string]>([
    [404, { 'x-accepted-oauth-scopes': 'admin:org, repo', 'x-oauth-scopes': 'repo' }, 'what is not there'],
    [404, { 'x-accepted-github-permissions': 'actions=read' }, 'what is not there'],
    [404, { 'x-accepted-oauth-scopes': 'repo' }, 'another kind of token'],
    [403, { 'x-accepted-oauth-scopes': 'repo', 'x-oauth-scopes': 'repo' }, 'what it has'],
    [403, { 'x-accepted-oauth-scopes': '<b>repo</b>, a b', 'x-oauth-scopes': '' }, 'what is no scope'],
    [403, { 'x-accepted-oauth-scopes': 'a'.repeat(101), 'x-oauth-scopes': '' }, 'what is too long'],
    [410, { 'x-accepted-oauth-scopes': 'repo', 'x-oauth-scopes': '' }, 'other refusals'],
  ])('are not read into %i with %o: %s', async (status, headers) => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    github.fail({ match: '', status, body: {}, headers });
    const { source } = sourceFor(github, clock);
    await failureOf(source.listRunners(repository, signal));
    expect(source.missingPermissions()).toEqual([]);
  });

  it.each(['', 'everything', '<script>', `a=${'x'.repeat(200)}`])('are not taken from %s', async (header) => {
    const clock = new FakeClock(start);
    await using github = await createGithubEmulator({ clock });
    github.fail({ match: '', status: 403, body: {}, headers: { 'x-accepted-github-permissions': header } });
    const { source } = sourceFor(github, clock);
    await failureOf(source.listRunners(repository, signal));
    expect(source.missingPermissions()).toEqual([]);
  });
});

describe('checking the token', () => {
  it('costs nothing, and shows what others have used', async () => {
    const clock = new FakeClock(start);
    await using github = await createGithubEmulator({ clock });
    github.setRateLimit({ remaining: 1234 });
    const { source } = sourceFor(github, clock, { scopes: [repository] });
    await source.checkCredentials(signal);
    const limit = { credential: 'token', resource: 'core', limit: 5000, resetAt: start + 3_600_000 };
    expect(source.rateLimits()).toEqual([{ ...limit, remaining: 1234 }]);
    expect([github.charged(), source.credentials()[0]?.valid]).toEqual([0, true]);
  });

  it('is right with an Enterprise Server that has no limits', async () => {
    const clock = new FakeClock(start);
    await using github = await createGithubEmulator({ clock, limit: null });
    const { source } = sourceFor(github, clock, { apiUrl: 'https://ghe.example/api/v3', scopes: [repository] });
    await source.checkCredentials(signal);
    expect(source.credentials()).toEqual([{ name: 'token', valid: true, expiresAt: undefined }]);
    expect(source.rateLimits()).toEqual([]);
    expect(source.pace(30_000)).toBe(30_000);
  });

  it('is not done while a limit holds, which is no failure of it', async () => {
    const clock = new FakeClock(start);
    await using github = await createGithubEmulator({ clock });
    github.setRateLimit({ remaining: 0 });
    const { source } = sourceFor(github, clock, { scopes: [repository] });
    await source.checkCredentials(signal);
    await source.checkCredentials(signal);
    expect(github.requests()).toHaveLength(1);
    expect(source.rateLimits()).toMatchObject([{ remaining: 0 }]);
    expect(await failureOf(source.listRunners(repository, signal))).toMatchObject({ failure: 'rate-limit' });
    expect(github.requests()).toHaveLength(1);
  });

  it('that is wrong fails with what to mend', async () => {
    const clock = new FakeClock(start);
    await using github = await createGithubEmulator({ clock, tokens: {} });
    const { source } = sourceFor(github, clock, { scopes: [repository] });
    expect(await failureOf(source.checkCredentials(signal))).toMatchObject({ failure: 'auth' });
    expect(source.credentials()).toEqual([{ name: 'token', valid: false, expiresAt: undefined }]);
  });
});
