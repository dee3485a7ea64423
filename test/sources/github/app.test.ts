import { describe, expect, it } from 'vitest';
import type { GithubScope } from '../../../src/model/runner.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { createAppKey, createGithubEmulator, type EmulatorOptions } from '../../support/github-emulator/index.ts';
import { whilePassing } from '../../support/while-passing.ts';
import { enterprise, failureOf, organization, repository, signal, sourceFor } from './source-for.ts';

const key = createAppKey();
const minute = 60_000;
const start = Date.parse('2026-01-01T00:00:00Z');
const permissions = { administration: 'read', actions: 'read', organization_self_hosted_runners: 'read' } as const;
const other: GithubScope = { kind: 'repository', name: 'o/other' };

interface Setting {
  readonly options?: EmulatorOptions;
  readonly privateKey?: () => Promise<string>;
  readonly id?: string;
  readonly token?: () => Promise<string>;
  readonly scopes?: readonly GithubScope[];
}

async function setting({ options, privateKey = async () => key.pkcs1, id = '7', token, scopes = [] }: Setting = {}) {
  const clock = new FakeClock(start);
  const installations = [
    { id: 11, account: 'o', permissions },
    { id: 12, account: 'acme', permissions },
  ];
  const apps = [{ id: 7, clientId: 'Iv1.7', publicKey: key.publicKey, installations }];
  const github = await createGithubEmulator({ clock, apps, ...options });
  const made = sourceFor(github, clock, { token, app: { id, privateKey }, scopes });
  const paths = (): string[] => github.requests().map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`);
  return { clock, github, ...made, paths, [Symbol.asyncDispose]: () => github[Symbol.asyncDispose]() };
}

const renewal = 'POST /app/installations/11/access_tokens';

describe("an App's installation", () => {
  it('is found for each owner, and one token serves all of the owner', async () => {
    await using set = await setting();
    await Promise.all([repository, other, organization].map((scope) => set.source.listRunners(scope, signal)));
    expect(set.paths()).toEqual([
      'GET /repos/o/r/installation',
      renewal,
      'GET /repos/o/r/actions/runners',
      'GET /repos/o/other/actions/runners',
      'GET /orgs/acme/installation',
      'POST /app/installations/12/access_tokens',
      'GET /orgs/acme/actions/runners',
    ]);
    expect(set.source.credentials()).toEqual([
      { name: 'app', valid: true, expiresAt: undefined },
      { name: 'installation/o', valid: true, expiresAt: start + 60 * minute },
      { name: 'installation/acme', valid: true, expiresAt: start + 60 * minute },
    ]);
    expect(set.told).toEqual(
      ['installation/o', 'installation/acme'].map((credential) => ({
        action: 'token-renewed',
        at: start,
        outcome: 'success',
        message: `A new token was made for ${credential}.`,
        labels: { credential },
      })),
    );
  });

  it.each([
    ['PKCS#1', async () => key.pkcs1, '7'],
    ['PKCS#8', async () => key.pkcs8, '7'],
    ['one line of a variable', async () => key.pkcs1.replaceAll('\n', '\\n'), '7'],
    ['a file of Windows, by the client id', async () => key.pkcs1.replaceAll('\n', '\r\n'), 'Iv1.7'],
  ])('takes the key as %s', async (_, privateKey, id) => {
    await using set = await setting({ privateKey, id });
    expect(await set.source.listRunners(repository, signal)).toEqual([]);
  });

  it('gets a new token five minutes before the old one ends, and one only', async () => {
    await using set = await setting();
    for (let passed = 0; passed < 3 * 60; passed++) {
      await Promise.all([repository, other].map((scope) => set.source.listRunners(scope, signal)));
      await set.clock.advance(minute);
    }
    // At 0, 55, 110 and 165 minutes.
    expect(set.paths().filter((path) => path === renewal)).toHaveLength(4);
    expect(set.paths().filter((path) => path.endsWith('/installation'))).toHaveLength(1);
    expect(set.github.requests().filter(({ status }) => status === 401)).toEqual([]);
    expect(set.source.credentials()).toContainEqual({
      name: 'installation/o',
      valid: true,
      expiresAt: start + (165 + 60) * minute,
    });
  });

  it('gets a new token at once where GitHub took the old one back', async () => {
    await using set = await setting();
    await set.source.listRunners(repository, signal);
    set.github.revokeInstallationTokens();
    expect(await set.source.listRunners(repository, signal)).toEqual([]);
    expect(set.github.requests().map(({ status }) => status)).toEqual([200, 201, 200, 401, 201, 304]);
    expect(set.told.map(({ action }) => action)).toEqual(['token-renewed', 'token-renewed']);
  });

  it('keeps its token to the end where a new one cannot be had, and asks for one seldom', async () => {
    await using set = await setting();
    await set.source.listRunners(repository, signal);
    set.github.fail({ match: 'access_tokens', status: 502, body: '<html>' });
    await set.clock.advance(56 * minute);
    for (let passed = 0; passed < 4; passed++) {
      expect(await whilePassing(set.clock, set.source.listRunners(repository, signal))).toEqual([]);
      await set.clock.advance(10_000);
    }
    expect(set.github.requests().filter(({ status }) => status === 502)).toHaveLength(3 + 1);
    await set.clock.advance(4 * minute);
    const ended = whilePassing(set.clock, set.source.listRunners(repository, signal));
    expect(await failureOf(ended)).toMatchObject({ failure: 'server' });
    set.github.clearFaults();
    expect(await set.source.listRunners(repository, signal)).toEqual([]);
  });

  it('that was installed anew is found again', async () => {
    const installations = [
      { id: 11, account: 'o', permissions },
      { id: 13, account: 'o', permissions },
    ];
    await using set = await setting({ options: { apps: [{ id: 7, publicKey: key.publicKey, installations }] } });
    await set.source.listRunners(repository, signal);
    set.github.uninstall(11);
    expect(await set.source.listRunners(repository, signal)).toEqual([]);
    expect(set.paths().slice(3)).toEqual([
      'GET /repos/o/r/actions/runners',
      renewal,
      'GET /repos/o/r/installation',
      'POST /app/installations/13/access_tokens',
      'GET /repos/o/r/actions/runners',
    ]);
  });
});

describe('an App that GitHub refuses', () => {
  it('for its id or key is told once, with what to check, and asked for again when either was mended', async () => {
    let pem = createAppKey().pkcs1;
    await using set = await setting({ privateKey: async () => pem });
    const failure = await failureOf(set.source.listRunners(repository, signal));
    expect(failure).toMatchObject({
      failure: 'auth',
      message:
        "App 7 was refused: A JSON web token could not be decoded; check github.app.id, and that the key is still listed on the App's settings page",
    });
    // GitHub locks out who comes again and again.
    await failureOf(set.source.listRunners(organization, signal));
    expect(set.github.requests()).toHaveLength(1);
    await set.clock.advance(30_000);
    await failureOf(set.source.listRunners(repository, signal));
    expect(set.github.requests()).toHaveLength(2);
    expect(set.told).toEqual([
      {
        action: 'token-refused',
        at: start,
        outcome: 'failure',
        message: `The credential app does not serve: ${failure.message}.`,
        labels: { credential: 'app' },
      },
    ]);
    expect(set.source.credentials()).toEqual([{ name: 'app', valid: false, expiresAt: undefined }]);
    pem = key.pkcs1;
    expect(await set.source.listRunners(repository, signal)).toEqual([]);
    expect(set.source.credentials()[0]).toEqual({ name: 'app', valid: true, expiresAt: undefined });
  });

  it.each([
    ['no key', async () => 'secret words', /^github\.app\.private_key is no RSA key in PEM; give the \.pem file/],
    [
      'no file',
      () => Promise.reject(new Error('ENOENT: no such file, open /run/key')),
      /^github\.app\.private_key cannot be read: ENOENT: no such file, open \/run\/key$/,
    ],
  ])('for %s is not asked with', async (_, privateKey, message) => {
    await using set = await setting({ privateKey });
    const failure = await failureOf(set.source.listRunners(repository, signal));
    expect(failure).toMatchObject({ failure: 'auth', message: expect.stringMatching(message) });
    expect(JSON.stringify([failure.message, set.told])).not.toContain('secret words');
    expect(set.github.requests()).toEqual([]);
    expect(set.source.credentials()).toEqual([{ name: 'app', valid: false, expiresAt: undefined }]);
  });

  it('for being unknown is told by its id', async () => {
    await using set = await setting();
    set.github.fail({ match: '/installation', status: 404, body: { message: 'Integration not found' } });
    const failure = await failureOf(set.source.listRunners(repository, signal));
    expect(failure).toMatchObject({ failure: 'auth', message: 'GitHub knows no App 7: check github.app.id' });
  });

  it('for not being installed is told by the scope, and serves the others all the same', async () => {
    await using set = await setting();
    const scope: GithubScope = { kind: 'repository', name: 'elsewhere/r' };
    expect(await failureOf(set.source.listRunners(scope, signal))).toMatchObject({
      failure: 'not-found',
      message: 'App 7 is not installed at elsewhere/r (404); install it for elsewhere and let it see elsewhere/r',
    });
    expect(await set.source.listRunners(repository, signal)).toEqual([]);
  });

  it('for being suspended is told by the owner, until it is not', async () => {
    await using set = await setting();
    await set.source.listRunners(repository, signal);
    set.github.suspend(11);
    await set.clock.advance(56 * minute);
    expect(await failureOf(set.source.listRunners(repository, signal))).toMatchObject({
      failure: 'permission',
      message:
        'App 7 is suspended at o (403); whoever suspended it there has to unsuspend it under Settings, GitHub Apps',
    });
    expect(set.source.credentials()[1]).toMatchObject({ name: 'installation/o', valid: false });
    set.github.unsuspend(11);
    await set.clock.advance(minute);
    expect(await set.source.listRunners(repository, signal)).toEqual([]);
    expect(set.source.credentials()[1]).toMatchObject({ name: 'installation/o', valid: true });
  });

  it('is not used for an enterprise: that is what the token is for', async () => {
    await using set = await setting({ scopes: [enterprise] });
    expect(await failureOf(set.source.listRunners(enterprise, signal))).toMatchObject({
      failure: 'auth',
      message: 'there is no github.token, and an App cannot read the enterprise globex; set a classic token beside it',
    });
    await using both = await setting({ scopes: [enterprise], options: { tokens: { t: {} } }, token: async () => 't' });
    expect(await both.source.listRunners(enterprise, signal)).toEqual([]);
    expect(both.source.credentials().map(({ name }) => name)).toEqual(['token', 'app']);
  });
});

describe('a clock that is ten minutes off', () => {
  it.each([10 * minute, -10 * minute])('by %i ms does not stop an App, and is told', async (ahead) => {
    await using set = await setting({ options: { clockSkewMs: -ahead } });
    expect(set.source.clockSkewMs()).toBeUndefined();
    expect(await set.source.listRunners(repository, signal)).toEqual([]);
    expect(set.source.clockSkewMs()).toBe(ahead);
    // Refused once, learnt from the date of that answer.
    expect(set.github.requests().map(({ status }) => status)).toEqual([401, 200, 201, 200]);
    expect(set.told.map(({ action }) => action)).toEqual(['token-renewed']);
    await set.clock.advance(56 * minute);
    expect(await set.source.listRunners(repository, signal)).toEqual([]);
    expect(set.github.requests().map(({ status }) => status)).toEqual([401, 200, 201, 200, 201, 304]);
  });

  it('because it was set while we ran is followed at once', async () => {
    await using set = await setting();
    for (let count = 0; count < 10; count++) await set.source.listRunners(repository, signal);
    set.github.setClockSkew(20 * minute);
    await set.clock.advance(50 * minute);
    expect(await set.source.listRunners(repository, signal)).toEqual([]);
  });
});

describe('checking credentials', () => {
  it('uses each of them once, for nothing', async () => {
    const tokens = { t: {} };
    const scopes = [repository, other, organization, enterprise];
    await using set = await setting({ scopes, options: { tokens }, token: async () => 't' });
    expect(set.source.credentials()).toEqual(
      ['token', 'app'].map((name) => ({ name, valid: undefined, expiresAt: undefined })),
    );
    await set.source.checkCredentials(signal);
    const cost = set.github.charged();
    expect(set.source.credentials().map(({ name, valid }) => [name, valid])).toEqual([
      ['token', true],
      ['app', true],
      ['installation/o', true],
      ['installation/acme', true],
    ]);
    await set.source.checkCredentials(signal);
    expect(set.github.charged()).toBe(cost);
    expect(set.paths().slice(-4)).toEqual(['GET /app', 'GET /rate_limit', 'GET /rate_limit', 'GET /rate_limit']);
    expect(set.source.rateLimits().filter(({ credential }) => credential !== 'app')).toEqual(
      ['installation/o', 'installation/acme', 'token'].map((credential) => ({
        ...{ credential, resource: 'core', limit: 5000, remaining: 5000, resetAt: start + 60 * minute },
      })),
    );
  });

  it('tries the others where one is refused, and tells what weighs most', async () => {
    await using set = await setting({ scopes: [repository, organization] });
    set.github.suspend(11);
    expect(await failureOf(set.source.checkCredentials(signal))).toMatchObject({ failure: 'permission' });
    expect(set.source.credentials().map(({ name, valid }) => [name, valid])).toEqual([
      ['app', true],
      ['installation/o', false],
      ['installation/acme', true],
    ]);
  });
});
