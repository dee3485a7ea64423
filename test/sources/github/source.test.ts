import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/lib/clock.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLog, silentLog } from '../../../src/lib/log.ts';
import type { GithubScope } from '../../../src/model/runner.ts';
import { createGithubSource } from '../../../src/sources/github/create.ts';
import { GithubError } from '../../../src/sources/github/github-error.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { createGithubEmulator, TEST_TOKEN } from '../../support/github-emulator/index.ts';

const repository: GithubScope = { kind: 'repository', name: 'o/r' };
const { signal } = new AbortController();

function sourceFor(url: string, { token = TEST_TOKEN, clock = systemClock }: { token?: string; clock?: Clock } = {}) {
  return createGithubSource({ apiUrl: url, token: async () => token, clock, log: silentLog, userAgent: 'test' });
}

async function failureOf(promise: Promise<unknown>): Promise<GithubError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GithubError) return error;
  throw new Error(`no GithubError: ${String(error)}`);
}

describe('listing runners', () => {
  it('gives those of a repository and of an organisation', async () => {
    await using github = await createGithubEmulator();
    const labels = ['self-hosted', 'gpu'];
    const given = { name: 'a', status: 'online', labels, version: '2.336.0' } as const;
    github.addRunner({ scope: 'o/r', ...given, busy: true });
    github.addRunner({ scope: 'acme', name: 'b', status: 'offline', ephemeral: true });
    const source = sourceFor(github.url);
    const about = { id: expect.any(Number), os: 'Linux', groupId: 1 };
    expect(await source.listRunners(repository, signal)).toEqual([
      { ...about, ...given, busy: true, customLabels: ['gpu'], ephemeral: false },
    ]);
    expect(await source.listRunners({ kind: 'organization', name: 'acme' }, signal)).toEqual([
      {
        ...about,
        name: 'b',
        status: 'offline',
        busy: false,
        labels: [],
        customLabels: [],
        version: undefined,
        ephemeral: true,
      },
    ]);
  });

  it('follows the pages to the end, below a path as of an Enterprise Server too', async () => {
    await using github = await createGithubEmulator();
    for (let index = 0; index < 250; index++) github.addRunner({ scope: 'o/r', name: `runner-${index}` });
    const runners = await sourceFor(`${github.url}/api/v3/`).listRunners(repository, signal);
    expect(new Set(runners.map(({ name }) => name)).size).toBe(250);
    expect(github.requests().map(({ path }) => path)).toEqual([
      '/api/v3/repos/o/r/actions/runners?per_page=100',
      '/api/v3/repos/o/r/actions/runners?per_page=100&page=2',
      // Whether nobody left meanwhile is asked for what was never read before.
      '/api/v3/repos/o/r/actions/runners?per_page=100',
      '/api/v3/repos/o/r/actions/runners?per_page=100&page=3',
      '/api/v3/repos/o/r/actions/runners?per_page=100&page=2',
    ]);
  });

  it('costs nothing of the limit where nothing has changed', async () => {
    await using github = await createGithubEmulator();
    for (let index = 0; index < 150; index++) github.addRunner({ scope: 'o/r', name: `runner-${index}` });
    const source = sourceFor(github.url);
    const first = await source.listRunners(repository, signal);
    expect(source.rateLimits()).toEqual([
      { credential: 'token', resource: 'core', limit: 5000, remaining: 4998, resetAt: expect.any(Number) },
    ]);
    expect(await source.listRunners(repository, signal)).toEqual(first);
    expect(github.requests().map(({ status }) => status)).toEqual([200, 200, 304, 304, 304]);
    expect(source.rateLimits()[0]?.remaining).toBe(4998);
    github.addRunner({ scope: 'o/r', name: 'new' });
    expect((await source.listRunners(repository, signal)).map(({ name }) => name)).toContain('new');
  });

  it('reads a rotated token at the next request', async () => {
    await using github = await createGithubEmulator({ tokens: { old: {}, new: {} } });
    let token = 'old';
    const options = { apiUrl: github.url, clock: systemClock, log: silentLog, userAgent: 'test' };
    const source = createGithubSource({ ...options, token: async () => token });
    await source.listRunners(repository, signal);
    token = 'wrong';
    expect(await failureOf(source.listRunners(repository, signal))).toMatchObject({ failure: 'auth' });
    token = ' new\n';
    expect(await source.listRunners(repository, signal)).toEqual([]);
  });

  it('makes one request after the other, and without a pause between them', async () => {
    await using github = await createGithubEmulator();
    github.fail({ match: '/actions/runners', delayMs: 20 });
    const source = sourceFor(github.url);
    const start = performance.now();
    const scopes = ['o/a', 'o/b', 'o/c', 'o/d'].map((name) => ({ kind: 'repository', name }) as const);
    await Promise.all(scopes.map((scope) => source.listRunners(scope, signal)));
    const took = performance.now() - start;
    expect(took).toBeGreaterThanOrEqual(75);
    expect(took).toBeLessThan(600);
    expect(github.requests().map(({ path }) => path)).toEqual(
      scopes.map(({ name }) => `/repos/${name}/actions/runners?per_page=100`),
    );
  });

  it('takes a status that it does not know for unknown, never for offline', async () => {
    await using github = await createGithubEmulator();
    const runner = { id: 1, name: 'a', os: 'linux', status: 'sleeping', busy: false, labels: null };
    github.fail({ match: '/actions/runners', body: { total_count: 1, runners: [runner] } });
    expect(await sourceFor(github.url).listRunners(repository, signal)).toMatchObject([{ status: 'unknown' }]);
  });

  it('ends where the pages do not', async () => {
    await using github = await createGithubEmulator();
    const link = `<${github.url}/repos/o/r/actions/runners?page=2>; rel="next"`;
    github.fail({ match: '/actions/runners', body: { runners: [] }, headers: { link } });
    const error = await failureOf(sourceFor(github.url).listRunners(repository, signal));
    expect(error.message).toBe('the runners of o/r fill more than 100 pages');
  });

  it('sends the token nowhere but to the configured address, whatever the next link says', async () => {
    await using elsewhere = await createGithubEmulator();
    await using github = await createGithubEmulator();
    const link = `<${elsewhere.url}/repos/o/r/actions/runners?page=2>; rel="next"`;
    github.fail({ match: '/actions/runners', times: 1, body: { runners: [] }, headers: { link } });
    await sourceFor(github.url).listRunners(repository, signal);
    expect(github.requests().map(({ path }) => path)).toContain('/repos/o/r/actions/runners?page=2');
    expect(elsewhere.requests()).toEqual([]);
  });
});

describe('a GitHub that refuses', () => {
  const cases: readonly [
    string,
    Parameters<Awaited<ReturnType<typeof createGithubEmulator>>['fail']>[0],
    string,
    RegExp,
  ][] = [
    ['401', { match: '', status: 401, body: { message: 'Bad credentials' } }, 'auth', /token was refused: Bad cred/],
    [
      '403 with the permission',
      { match: '', status: 403, body: {}, headers: { 'x-accepted-github-permissions': 'administration=read' } },
      'permission',
      /may not read the runners of o\/r: it needs the permission administration=read/,
    ],
    ['404', { match: '', status: 404, body: {} }, 'not-found', /not found, or the token may not see/],
    ['422', { match: '', status: 422, body: { message: 'no' } }, 'refused', /refused the runners of o\/r with 422: no/],
    ['an HTML page', { match: '', body: '<html>', headers: { 'content-type': 'text/html' } }, 'malformed', /not JSON/],
    ['cut JSON', { match: '', body: '{"runners":[' }, 'malformed', /not JSON/],
    ['other JSON', { match: '', body: { runners: [{ id: 'x' }] } }, 'malformed', /not as documented: runners\.0\.id/],
  ];
  it.each(cases)('with %s is asked once, and the error says what to mend', async (_, fault, failure, message) => {
    await using github = await createGithubEmulator();
    github.fail(fault);
    const error = await failureOf(sourceFor(github.url).listRunners(repository, signal));
    expect(error).toMatchObject({ failure, message: expect.stringMatching(message) });
    expect(github.requests().length).toBe(1);
  });

  it.each([
    ['500', { status: 500, body: { message: 'oops' } }, 'server', /failed with 500/],
    ['502 in HTML', { status: 502, body: '<html>' }, 'server', /failed with 502/],
    ['a cut connection', { reset: true }, 'network', /could not be reached/],
  ])('with %s is asked three times in all', async (_, fault, failure, message) => {
    await using github = await createGithubEmulator();
    github.fail({ match: '', ...fault });
    const error = await failureOf(sourceFor(github.url).listRunners(repository, signal));
    expect(error).toMatchObject({ failure, message: expect.stringMatching(message) });
    expect(github.requests().length).toBe(3);
  });

  it('once only is forgiven', async () => {
    await using github = await createGithubEmulator();
    github.fail({ match: '', times: 1, status: 500, body: {} });
    expect(await sourceFor(github.url).listRunners(repository, signal)).toEqual([]);
  });

  it('by hanging is left with the caller’s signal, and those who wait behind it with theirs', async () => {
    await using github = await createGithubEmulator();
    github.fail({ match: '', hang: true });
    const source = sourceFor(github.url);
    const stop = new AbortController();
    const calls = [
      source.listRunners(repository, stop.signal),
      source.listRunners(repository, AbortSignal.timeout(30)),
    ];
    await expect(calls[1]).rejects.toThrow(/timeout/);
    stop.abort(new Error('stopped'));
    await expect(calls[0]).rejects.toThrow('stopped');
    github.clearFaults();
    expect(await source.listRunners(repository, signal)).toEqual([]);
  });

  it('by hanging is left at the deadline, and not asked again', async () => {
    const arrived = Promise.withResolvers<void>();
    let requests = 0;
    const hung = createServer(() => {
      requests += 1;
      arrived.resolve();
    }).listen(0, '127.0.0.1');
    await once(hung, 'listening');
    const clock = new FakeClock();
    const url = `http://127.0.0.1:${(hung.address() as AddressInfo).port}`;
    const call = failureOf(sourceFor(url, { clock }).listRunners(repository, signal));
    await arrived.promise;
    await clock.advance(6000);
    expect(await call).toMatchObject({
      failure: 'network',
      message: expect.stringMatching(/did not answer within 6 s/),
    });
    expect(requests).toBe(1);
    hung.closeAllConnections();
    hung.close();
  });
});

describe("GitHub's limits", () => {
  it('that are used up are not asked against, until the hour has ended', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    github.setRateLimit({ remaining: 0, reset: clock.now() / 1000 + 600 });
    const source = sourceFor(github.url, { clock });
    const error = await failureOf(source.listRunners(repository, signal));
    expect(error).toMatchObject({ failure: 'rate-limit', retryAt: clock.now() + 600_000 });
    expect(error.message).toMatch(
      /may not be asked until 2026-01-01T00:10:00.000Z: the limit of 5000 requests an hour/,
    );
    expect((await failureOf(source.listRunners(repository, signal))).message).toBe(error.message);
    expect(github.requests().length).toBe(1);
    await clock.advance(600_000);
    expect(await source.listRunners(repository, signal)).toEqual([]);
  });

  it('are not asked against after the answer that took the last request', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    github.setRateLimit({ remaining: 1 });
    const source = sourceFor(github.url, { clock });
    await source.listRunners(repository, signal);
    expect(await failureOf(source.listRunners(repository, signal))).toMatchObject({ failure: 'rate-limit' });
    expect(github.requests().length).toBe(1);
  });

  it('end by GitHub’s clock where ours is off', async () => {
    const theirs = new FakeClock();
    const ours = new FakeClock(theirs.now() - 3_600_000);
    await using github = await createGithubEmulator({ clock: theirs });
    github.setRateLimit({ remaining: 0, reset: theirs.now() / 1000 + 600 });
    const error = await failureOf(sourceFor(github.url, { clock: ours }).listRunners(repository, signal));
    expect(error.retryAt).toBe(ours.now() + 600_000);
  });

  it('silence nobody for longer than two hours, whatever an answer says', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator();
    const headers = { 'x-ratelimit-limit': '1', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9e300' };
    github.fail({ match: '', status: 403, headers, body: {} });
    const error = await failureOf(sourceFor(github.url, { clock }).listRunners(repository, signal));
    expect(error.retryAt).toBe(clock.now() + 7_200_000);
  });

  it.each([
    ['retry-after', 429, { 'retry-after': '7' }, [7, 7]],
    ['no time', 403, {}, [60, 120]],
  ])('on asking too often hold as long as it says, with %s', async (_, status, headers, waits) => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator();
    const body = { message: 'You have exceeded a secondary rate limit.' };
    github.fail({ match: '', times: 2, status, headers, body });
    const source = sourceFor(github.url, { clock });
    for (const seconds of waits) {
      const error = await failureOf(source.listRunners(repository, signal));
      expect(error).toMatchObject({ failure: 'rate-limit', retryAt: clock.now() + seconds * 1000 });
      await clock.advance(seconds * 1000 - 1);
      expect(await failureOf(source.listRunners(repository, signal))).toMatchObject({ failure: 'rate-limit' });
      await clock.advance(1);
    }
    expect(await source.listRunners(repository, signal)).toEqual([]);
  });
});

describe('the token', () => {
  it('that is not there is said before anything is asked', async () => {
    await using github = await createGithubEmulator();
    const options = { apiUrl: github.url, clock: systemClock, log: silentLog, userAgent: 'test' };
    const source = createGithubSource({ ...options, token: undefined });
    expect(source.available()).toBe('no github.token and no github.app');
    expect(await failureOf(source.listRunners(repository, signal))).toMatchObject({ failure: 'auth' });
    expect(github.requests()).toEqual([]);
  });

  it('is in no error and in no log line, whatever the other side does with it', async () => {
    const secret = 'ghp_verysecret0123456789';
    await using github = await createGithubEmulator();
    let logged = '';
    const log = createLog({ level: 'trace', format: 'json', terminal: false }, { write: (line) => (logged += line) });
    const echo = { message: `no token ${secret}`, errors: [secret] };
    const faults = [
      { status: 401, body: echo },
      { status: 403, body: echo },
      { status: 422, body: echo },
      { status: 500, body: echo },
      { status: 200, body: `<html>${secret}` },
      { status: 200, body: { runners: [{ id: secret }] } },
      { reset: true },
      {
        status: 200,
        body: { runners: [] },
        headers: { deprecation: 'true', link: `<http://x/${secret}>; rel="deprecation"` },
      },
    ];
    const messages: string[] = [];
    for (const fault of faults) {
      github.clearFaults();
      github.fail({ match: '', ...fault });
      for (const token of [secret, `${secret}\nx`, `${secret}é`]) {
        const options = { apiUrl: github.url, clock: systemClock, userAgent: 'test', log };
        const source = createGithubSource({ ...options, token: async () => token });
        const error = await source.listRunners(repository, signal).catch((reason: unknown) => reason);
        messages.push(error instanceof Error ? `${error.stack}${JSON.stringify(error)}${error.cause}` : '');
      }
    }
    expect(messages.filter((message) => message !== '').length).toBeGreaterThan(20);
    expect(messages.join('\n')).not.toContain(secret);
    expect(logged).not.toContain(secret);
  });
});
