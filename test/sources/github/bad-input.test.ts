import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { createHttpClient } from '../../../src/lib/http.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import type { Fault } from '../../support/github-emulator/faults.ts';
import { createGithubEmulator, TEST_TOKEN } from '../../support/github-emulator/index.ts';
import { whilePassing } from '../../support/while-passing.ts';
import { failureOf, repository, signal, sourceFor } from './source-for.ts';

const isBad = (status: number) => ({ status, body: { message: 'Server Error' } });
const html = { body: '<html><title>Sign in</title></html>', headers: { 'content-type': 'text/html' } };
const notJson = `GitHub answered for the runners of o/r with something that is not JSON: is a proxy or a login page in between, or github.api_url wrong?`;
const need = 'it needs Administration: read (repository), or repo as a classic token';
const refused = 'the token was refused: Bad credentials; it may be wrong, expired or revoked';

interface Told {
  readonly failure: string;
  readonly message: string;
  readonly requests: object;
  readonly valid?: boolean;
  readonly slows?: boolean;
}

/** What came; then what is thrown and counted, whether the token is taken for valid, and whether polling slows. */
const answers: readonly (readonly [string, Omit<Fault, 'match'>, Told])[] = [
  [
    '401: the token was revoked',
    { status: 401, body: { message: 'Bad credentials' } },
    { failure: 'auth', message: refused, requests: { 401: 1 }, valid: false },
  ],
  [
    '403 without any header',
    { status: 403, body: { message: 'Must have admin rights to Repository.' } },
    {
      failure: 'permission',
      message: `the token may not read the runners of o/r: Must have admin rights to Repository; ${need}`,
      requests: { 403: 1 },
    },
  ],
  [
    '404: the repository is not there, or may not be seen',
    { status: 404, body: { message: 'Not Found' } },
    {
      failure: 'not-found',
      message: `the runners of o/r not found, or the token may not see them (404); ${need}`,
      requests: { 404: 1 },
    },
  ],
  ...[500, 502, 503].map((status): readonly [string, Omit<Fault, 'match'>, Told] => [
    `${status}, three times`,
    isBad(status),
    {
      failure: 'server',
      message: `GitHub failed with ${status} for the runners of o/r`,
      requests: { [status]: 3 },
      slows: true,
    },
  ]),
  [
    'a reset connection, three times',
    { reset: true },
    {
      failure: 'network',
      message: 'the runners of o/r: https://api.github.com could not be reached: ECONNRESET',
      requests: { network: 3 },
      slows: true,
    },
  ],
  [
    'nothing at all',
    { hang: true },
    {
      failure: 'network',
      message: 'the runners of o/r: https://api.github.com did not answer within 6 s',
      requests: { network: 1 },
      slows: true,
    },
  ],
  [
    'a login page, as of a captive portal',
    { status: 200, ...html },
    { failure: 'malformed', message: notJson, requests: { 200: 1 }, slows: true },
  ],
  [
    "401 of a proxy, which says nothing of GitHub's token",
    { status: 401, ...html },
    { failure: 'malformed', message: notJson, requests: { 401: 1 }, slows: true },
  ],
  ['a number', { body: '42' }, { failure: 'malformed', message: notJson, requests: { 200: 1 }, slows: true }],
  [
    'half of the JSON',
    { body: '{"total_count":1,"runners":[{"id":1,' },
    { failure: 'malformed', message: notJson, requests: { 200: 1 }, slows: true },
  ],
  [
    'other JSON',
    { body: { total_count: 1, runners: [{ id: '1', name: 'a' }] } },
    {
      failure: 'malformed',
      message:
        "GitHub's answer for the runners of o/r is not as documented: runners.0.id: Invalid input: expected number, received string",
      requests: { 200: 1 },
      valid: true,
    },
  ],
  [
    'no redirect that can be followed',
    { status: 302, headers: { location: 'https://portal.example/login?token=x' }, body: {} },
    {
      failure: 'malformed',
      message:
        'the runners of o/r: https://api.github.com redirects to https://portal.example, where the token is not sent',
      requests: { network: 1 },
      slows: true,
    },
  ],
  [
    'redirects without an end',
    { status: 307, headers: { location: '/repos/o/r/actions/runners' }, body: {} },
    {
      failure: 'malformed',
      message: 'the runners of o/r: https://api.github.com redirects more than 5 times',
      requests: { network: 1 },
      slows: true,
    },
  ],
];

describe('what is no list of runners is never taken for one', () => {
  it.each(answers)('%s', async (_, fault, { failure, message, requests, valid, slows = false }) => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    github.fail({ match: '', ...fault });
    const { source } = sourceFor(github, clock, { scopes: [repository] });
    const error = await failureOf(whilePassing(clock, source.listRunners(repository, signal)));
    expect(error).toMatchObject({ failure, message });
    expect(Object.fromEntries(source.requests())).toEqual(requests);
    expect(source.credentials()).toEqual([{ name: 'token', valid, expiresAt: undefined }]);
    expect(source.pace(30_000) > 30_000).toBe(slows);
    // And all is well again when it is over.
    github.clearFaults();
    github.addRunner({ scope: 'o/r', name: 'a', status: 'online' });
    await clock.advance(30_000);
    expect(await source.listRunners(repository, signal)).toMatchObject([{ name: 'a', status: 'online' }]);
    expect(source.pace(30_000)).toBe(30_000);
  });

  it('nor is anything else: each read refuses a login page', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    github.fail({ match: '', ...html });
    const { source } = sourceFor(github, clock, { scopes: [repository] });
    const organization = { kind: 'organization', name: 'acme' } as const;
    const reads = [
      source.listRunnerGroups(organization, signal),
      source.expectedVersion(repository, signal),
      source.listReleases(signal),
      source.listRepositories('acme', signal),
      source.defaultBranch('o/r', signal),
      source.listRuns('o/r', { status: 'queued', maxPages: 1 }, signal),
      source.listJobs('o/r', 1, signal),
      source.checkCredentials(signal),
    ];
    for (const read of reads) expect(await failureOf(read)).toMatchObject({ failure: 'malformed' });
  });
});

/** The source against a server of our own, over sockets. */
async function served(listener: RequestListener) {
  const requests: { readonly url: string | undefined; readonly authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    requests.push({ url: request.url, authorization: request.headers.authorization });
    listener(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { source } = sourceFor({ http: createHttpClient(systemClock) }, new FakeClock(), {
    apiUrl: url,
    clock: systemClock,
  });
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url, source, requests, [Symbol.asyncDispose]: stop };
}

const bound = 8 * 1024 * 1024;

describe('an answer that is too much', () => {
  it('of 30 MB is cut off at the bound, and not asked for again', async () => {
    let sent = 0;
    await using github = await served((_, response) => {
      const chunk = Buffer.alloc(64 * 1024, ' ');
      const more = (): void => {
        while (sent < 30_000_000 && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    const error = await failureOf(github.source.listRunners(repository, signal));
    expect(error).toMatchObject({
      failure: 'malformed',
      message: `the runners of o/r: ${github.url} answered with more than ${bound} bytes`,
    });
    expect(github.requests).toHaveLength(1);
    expect(sent).toBeLessThan(20_000_000);
  });

  it('when it is unpacked is cut off there too', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000, ' '));
    expect(bomb.length).toBeLessThan(200_000);
    await using github = await served((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    );
    const before = process.memoryUsage().arrayBuffers;
    const error = await failureOf(github.source.listRunners(repository, signal));
    expect(error).toMatchObject({ failure: 'malformed' });
    expect(error.message).toContain(`more than ${bound} bytes`);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });
});

describe('a connection', () => {
  it('that is cut in the middle of the answer is tried again, and named', async () => {
    await using github = await createGithubEmulator();
    github.fail({ match: '', reset: true, body: { total_count: 0, runners: [] } });
    const http = createHttpClient(systemClock);
    const { source } = sourceFor({ http }, new FakeClock(), { apiUrl: github.url, clock: systemClock });
    const error = await failureOf(source.listRunners(repository, signal));
    expect(error).toMatchObject({ failure: 'network' });
    expect(error.message).toMatch(
      new RegExp(
        `^the runners of o/r: ${github.url} broke off in the middle of its answer: (read ECONNRESET|.*UND_ERR_SOCKET)`,
      ),
    );
    expect(github.requests()).toHaveLength(3);
  });
});

describe('a redirect', () => {
  const runner = { id: 1, name: 'a', os: 'linux', status: 'online', busy: false, labels: [] };

  it.each([301, 302, 307, 308])('by %i to a new name of the repository is followed, with the token', async (status) => {
    await using github = await served((request, response) => {
      if (request.url?.startsWith('/repositories/')) response.end(JSON.stringify({ runners: [runner] }));
      else response.writeHead(status, { location: '/repositories/7/actions/runners?per_page=100' }).end('{}');
    });
    expect(await github.source.listRunners(repository, signal)).toMatchObject([{ name: 'a' }]);
    const authorization = `Bearer ${TEST_TOKEN}`;
    expect(github.requests).toEqual([
      { url: '/repos/o/r/actions/runners?per_page=100', authorization },
      { url: '/repositories/7/actions/runners?per_page=100', authorization },
    ]);
  });

  it('to another host takes neither the token nor us there', async () => {
    await using elsewhere = await served((_, response) => response.end(JSON.stringify({ runners: [runner] })));
    await using github = await served((_, response) =>
      response.writeHead(302, { location: `${elsewhere.url}/repos/o/r/actions/runners` }).end(),
    );
    expect(await failureOf(github.source.listRunners(repository, signal))).toMatchObject({ failure: 'malformed' });
    expect([github.requests.length, elsewhere.requests.length]).toEqual([1, 0]);
  });
});
