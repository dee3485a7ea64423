import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createHttpClient, type HttpClient } from '../../src/lib/http.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { GithubScope } from '../../src/model/runner.ts';
import { createGithubSource, type GithubOptions } from '../../src/sources/github/create.ts';
import { githubEndpoints } from '../../src/sources/github/endpoints.ts';
import type { GithubSource } from '../../src/sources/github/github-source.ts';
import { createAppKey, TEST_TOKEN } from '../support/github-emulator/index.ts';
import { needs, openapiFolder } from '../support/services.ts';
import { describedCalls, neverMade, undescribedParameters } from './calls.ts';
import { startPrism } from './prism.ts';
import type { JsonObject } from './trim.ts';

const apiUrl = 'https://api.github.com';
const scopes: readonly GithubScope[] = [
  { kind: 'repository', name: 'octo/app' },
  { kind: 'organization', name: 'octo' },
  { kind: 'enterprise', name: 'big' },
];
const { signal } = new AbortController();

// What the description's examples are, once understood.
const runner = { id: 23, name: 'linux_runner', os: 'linux', status: 'online', busy: true, version: '2.323.0' };
const groups = new Map([
  [1, 'Default'],
  [2, 'octo-runner-group'],
  [3, 'expensive-hardware'],
]);
const run = {
  id: 30433642,
  attempt: 1,
  repository: 'octo/app',
  workflow: 'Build',
  workflowFile: 'build.yml',
  event: 'push',
  branch: 'master',
  status: 'queued',
  createdAt: Date.parse('2020-01-22T19:33:08Z'),
};
const job = {
  id: 399444496,
  runId: 29679449,
  name: 'build',
  workflow: 'CI',
  status: 'completed',
  conclusion: 'success',
  labels: ['self-hosted', 'foo', 'bar'],
  runner: 'my runner',
  completedAt: Date.parse('2020-01-20T17:44:39Z'),
};
const release = { version: '1.0.0', publishedAt: Date.parse('2013-02-27T19:35:32Z') };
const completed = { status: 'completed', createdFrom: Date.parse('2020-01-01T00:00:00Z'), maxPages: 2 } as const;

/** Everything that the source can be asked. Where the question is not as described, Prism answers 422. */
const questions: readonly (readonly [string, (source: GithubSource) => Promise<unknown>, unknown])[] = [
  ['releases', (source) => source.listReleases(signal), [release]],
  ['repositories', (source) => source.listRepositories('octo', signal), ['octocat/Hello-World']],
  ['a default branch', (source) => source.defaultBranch('octo/app', signal), 'master'],
  ['runs', (source) => source.listRuns('octo/app', completed, signal), { runs: [run], more: false }],
  ['queued runs', (source) => source.listRuns('octo/app', { status: 'queued', maxPages: 1 }, signal), { runs: [run] }],
  ['jobs', (source) => source.listJobs('octo/app', 29679449, signal), [job]],
  ['credentials', (source) => source.checkCredentials(signal), undefined],
];

describe.skipIf(needs('openapi'))("the client, held against GitHub's description", () => {
  const made = new Set<string>();
  let described: JsonObject;
  let prism: Awaited<ReturnType<typeof startPrism>>;

  beforeAll(async () => {
    described = describedCalls(openapiFolder());
    prism = await startPrism(described);
  });
  afterAll(() => prism[Symbol.asyncDispose]());

  function createSource(access: Pick<GithubOptions, 'token' | 'app'>): GithubSource {
    const real = createHttpClient(systemClock);
    const http: HttpClient = (url, request) => {
      made.add(`${request.method ?? 'GET'} ${url.slice(apiUrl.length)}`);
      return real(url.replace(apiUrl, prism.url), request);
    };
    const ground = { clock: systemClock, log: silentLog, userAgent: 'runnerwatch/test', http };
    return createGithubSource({ apiUrl, scopes, ...access, ...ground });
  }

  function withToken(): GithubSource {
    return createSource({ token: async () => TEST_TOKEN });
  }

  it.each(questions)('understands %s', async (_, ask, answer) => {
    const told = await ask(withToken());
    if (answer === undefined) expect(told).toBeUndefined();
    else expect(told).toMatchObject(answer as object);
  });

  it.each(scopes)('understands the runners of a $kind', async (scope) => {
    const source = withToken();
    expect(await source.listRunners(scope, signal)).toMatchObject([runner, { name: 'mac_runner', status: 'offline' }]);
    expect(await source.expectedVersion(scope, signal)).toBe('2.164.0');
    const none = new Map<number, string>();
    expect(await source.listRunnerGroups(scope, signal)).toEqual(scope.kind === 'repository' ? none : groups);
  });

  it.each(scopes.filter((scope) => scope.kind !== 'enterprise'))('changes the runners of a $kind', async (scope) => {
    const source = withToken();
    const made = { name: 'homelab-1', labels: ['self-hosted', 'Linux', 'X64'], groupId: 1, workFolder: '_work' };
    expect(await source.createRegistrationToken(scope, signal)).toMatch(/^[A-Z0-9]{20,}$/);
    expect(await source.createJitConfig(scope, made, signal)).toEqual({
      config: expect.stringMatching(/^[\w+/=]+$/),
      runnerId: 23,
    });
    expect(await source.removeRunner(scope, 23, signal)).toBe(true);
    expect(await source.removeLabels(scope, 23, signal)).toBe(true);
    expect(await source.addLabels(scope, 23, ['gpu', 'lan'], signal)).toBe(true);
  });

  it('asks as an App and its installations', async () => {
    const key = createAppKey();
    const source = createSource({ token: undefined, app: { id: '1', privateKey: async () => key.pkcs1 } });
    for (const scope of scopes.slice(0, 2)) expect(await source.listRunners(scope, signal)).toMatchObject([runner, {}]);
    const organization = createSource({ token: undefined, app: { id: '1', privateKey: async () => key.pkcs8 } });
    expect(await organization.listRepositories('octo', signal)).toEqual(['octocat/Hello-World']);
    await source.checkCredentials(signal);
    expect(source.credentials()).toMatchObject([
      { name: 'app', valid: true },
      { name: 'installation/octo', valid: true },
    ]);
  });

  it('has made every call that it may ever make', () => {
    expect(neverMade(Object.values(githubEndpoints), made)).toEqual([]);
    expect(undescribedParameters(described, made)).toEqual([]);
    const unknown = new Set(['GET /repos/octo/app/actions/runs?colour=red']);
    expect(undescribedParameters(described, unknown)).toEqual(['/repos/{owner}/{repo}/actions/runs: colour']);
  });
});
