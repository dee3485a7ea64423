import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appJwt } from '../support/github-emulator/app-key.ts';
import {
  createAppKey,
  createGithubEmulator,
  type GithubEmulator,
  TEST_TOKEN,
} from '../support/github-emulator/index.ts';
import { ask } from './ask.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const key = createAppKey();
const stranger = createAppKey();

let now: number;
let github: GithubEmulator;

beforeEach(async () => {
  now = NOW;
  const installations = [{ id: 8, account: 'octo', permissions: { administration: 'read' as const } }];
  github = await createGithubEmulator({
    clock: { now: () => now },
    apps: [{ id: 4, clientId: 'Iv23abc', publicKey: key.publicKey, installations }],
  });
});
afterEach(() => github[Symbol.asyncDispose]());

async function issue(): Promise<string> {
  const path = '/app/installations/8/access_tokens';
  const { body } = await ask(github, path, { method: 'POST', token: appJwt(key, 4, now) });
  return (body as { readonly token: string }).token;
}

describe("an App's JWT", () => {
  it.each([4, 'Iv23abc'])('is taken with the id %s', async (id) => {
    expect(await ask(github, '/app', { token: appJwt(key, id, now) })).toMatchObject({ status: 200, body: { id: 4 } });
  });

  const seconds = NOW / 1000;
  const undecodable = 'A JSON web token could not be decoded';
  it.each([
    ['of another key', () => appJwt(stranger, 4, now), undecodable],
    ['of another App', () => appJwt(key, 5, now), undecodable],
    ['that is none', () => TEST_TOKEN, undecodable],
    ['for too long', () => appJwt(key, 4, now, { exp: seconds + 601 }), /'exp'\) is too far in the future/],
    ['that has ended', () => appJwt(key, 4, now, { exp: seconds }), /'exp'\) must be a numeric value/],
    ['from the future', () => appJwt(key, 4, now, { iat: seconds + 1 }), /'Issued at' claim/],
  ])('%s is refused', async (_, token, message) => {
    const refused = {
      status: 401,
      body: { message: typeof message === 'string' ? message : expect.stringMatching(message) },
    };
    expect(await ask(github, '/app', { token: token() })).toMatchObject(refused);
  });

  it('is refused once its key is revoked', async () => {
    github.revokeKey();
    expect((await ask(github, '/app', { token: appJwt(key, 4, now) })).status).toBe(401);
  });

  it('opens nothing but the App itself', async () => {
    expect((await ask(github, '/repos/octo/app', { token: appJwt(key, 4, now) })).status).toBe(401);
  });
});

describe('an installation', () => {
  it('is found by repository and by organisation', async () => {
    const token = appJwt(key, 4, now);
    for (const path of ['/repos/octo/app/installation', '/orgs/octo/installation']) {
      expect(await ask(github, path, { token })).toMatchObject({
        status: 200,
        body: { id: 8, account: { login: 'octo' } },
      });
    }
    expect((await ask(github, '/orgs/acme/installation', { token })).status).toBe(404);
  });

  it('has a token for one hour', async () => {
    const token = await issue();
    now += 3_599_000;
    expect((await ask(github, '/repos/octo/app/actions/runners', { token })).status).toBe(200);
    now += 1000;
    expect(await ask(github, '/repos/octo/app/actions/runners', { token })).toMatchObject({
      status: 401,
      body: { message: 'Bad credentials' },
    });
  });

  it('may do what it was given, where it is installed', async () => {
    const token = await issue();
    const runs = await ask(github, '/repos/octo/app/actions/runs', { token });
    expect([runs.status, runs.headers.get('x-accepted-github-permissions')]).toEqual([403, 'actions=read']);
    expect(runs.body).toMatchObject({ message: 'Resource not accessible by integration' });
    expect((await ask(github, '/repos/acme/app/actions/runners', { token })).status).toBe(404);
  });

  it('does nothing while it is suspended, nor after it is gone', async () => {
    const token = await issue();
    github.suspend(8);
    expect(await ask(github, '/repos/octo/app/actions/runners', { token })).toMatchObject({
      status: 403,
      body: { message: 'This installation has been suspended' },
    });
    github.unsuspend(8);
    expect((await ask(github, '/repos/octo/app/actions/runners', { token })).status).toBe(200);
    github.uninstall(8);
    expect((await ask(github, '/repos/octo/app/actions/runners', { token })).status).toBe(401);
  });

  it('has one limit for all its tokens', async () => {
    const tokens = [await issue(), await issue()];
    for (const token of tokens) await ask(github, '/repos/octo/app/actions/runners', { token });
    expect(github.charged('installation/8')).toBe(2);
    expect(github.charged(TEST_TOKEN)).toBe(0);
  });
});
