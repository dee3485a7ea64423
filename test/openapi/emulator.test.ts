import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appJwt } from '../support/github-emulator/app-key.ts';
import {
  createAppKey,
  createGithubEmulator,
  type GithubEmulator,
  TEST_TOKEN,
} from '../support/github-emulator/index.ts';
import { freePort, needs, openapiFolder } from '../support/services.ts';
import { allCalls, describedCalls, neverMade } from './calls.ts';
import { startPrism, violationsIn } from './prism.ts';

const token = `Bearer ${TEST_TOKEN}`;
const permissions = { administration: 'write', actions: 'read', metadata: 'read' } as const;

describe.skipIf(needs('openapi'))("the emulated GitHub, held against GitHub's description", () => {
  const key = createAppKey();
  const asked = new Set<string>();
  let prism: Awaited<ReturnType<typeof startPrism>>;
  let github: GithubEmulator;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    prism = await startPrism(describedCalls(openapiFolder()), `http://127.0.0.1:${port}`);
  });
  afterAll(() => prism[Symbol.asyncDispose]());
  beforeEach(async () => {
    const installations = [
      { id: 8, account: 'octo', permissions },
      { id: 9, account: 'asleep', permissions, suspended: true },
    ];
    github = await createGithubEmulator({
      port,
      tokens: {
        [TEST_TOKEN]: { expires: Date.now() + 86_400_000 },
        stranger: { runners: 'none', actions: 'none', metadata: 'none' },
      },
      apps: [{ id: 4, publicKey: key.publicKey, installations }],
    });
  });
  afterEach(() => github[Symbol.asyncDispose]());

  interface Ask {
    readonly method?: string;
    readonly authorization?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  }

  /** The status, and what is not as described: nothing, or the test fails with the list. */
  async function ask(path: string, { method = 'GET', authorization = token, headers = {}, body }: Ask = {}) {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(`${prism.url}${path}`, {
      method,
      headers: { ...(authorization !== '' && { authorization }), ...type, ...headers },
      body: body === undefined ? null : JSON.stringify(body),
    });
    expect(violationsIn(response)).toEqual([]);
    asked.add(`${method} ${path.replace(/\?.*/, '')}`);
    return response;
  }

  function jwt(): Readonly<Ask> {
    return { authorization: `Bearer ${appJwt(key, 4, Date.now())}` };
  }

  /** One of everything. */
  function populate(): { readonly runner: number; readonly busy: number; readonly run: number } {
    github.addRepository({ name: 'octo/app', pushedAt: Date.now() });
    github.addRepository({ name: 'octo/old', archived: true });
    github.setReleases([
      { version: '2.337.0', publishedAt: Date.now(), prerelease: true },
      { version: '2.336.0', publishedAt: Date.now() },
    ]);
    const scopes = ['octo/app', 'octo', 'enterprises/big'];
    const [runner = 0] = scopes.map(
      (scope) => github.addRunner({ scope, name: 'r', labels: ['self-hosted', 'gpu'] }).id,
    );
    const busy = github.addRunner({ scope: 'octo/app', name: 'busy', version: '2.336.0', status: 'online' }).id;
    github.addRunnerGroup({ scope: 'octo', id: 2, name: 'big ones' });
    const jobs = [{ name: 'build' }, { name: 'test' }, { name: 'deploy', status: 'waiting' as const }];
    const run = github.addRun({ repository: 'octo/app', branch: null, event: 'pull_request', jobs });
    const [build, test] = run.jobs;
    github.startJob(build?.id ?? 0, 'busy');
    const again = github.addRun({ repository: 'octo/app', workflow: '' });
    github.startJob(again.jobs[0]?.id ?? 0, 'somebody');
    github.completeJob(again.jobs[0]?.id ?? 0, 'failure');
    github.rerun(again.id);
    github.startJob(test?.id ?? 0, 'somebody');
    github.completeJob(test?.id ?? 0, 'success');
    return { runner, busy, run: run.id };
  }

  it('describes all that there is as GitHub does', async () => {
    const { runner, run } = populate();
    const paths = [
      ...['/repos/octo/app', '/orgs/octo', '/enterprises/big'].flatMap((root) => [
        `${root}/actions/runners?per_page=100`,
        `${root}/actions/runners/downloads`,
      ]),
      ...['/orgs/octo', '/enterprises/big'].map((root) => `${root}/actions/runner-groups?per_page=100`),
      `/repos/octo/app/actions/runners/${runner}`,
      '/repos/actions/runner/releases?per_page=100',
      '/orgs/octo/repos?sort=pushed&direction=desc&per_page=100',
      '/repos/octo/app',
      '/repos/octo/app/actions/runs?per_page=2&page=1',
      '/repos/octo/app/actions/runs?status=in_progress&created=%3E%3D2026-01-01T00:00:00Z',
      `/repos/octo/app/actions/runs/${run}`,
      `/repos/octo/app/actions/runs/${run}/jobs?filter=latest`,
      '/rate_limit',
    ];
    for (const path of paths) {
      const response = await ask(path);
      expect([path, response.status]).toEqual([path, 200]);
      const headers = { 'if-none-match': response.headers.get('etag') ?? '""' };
      if (path !== '/rate_limit') expect((await ask(path, { headers })).status).toBe(304);
    }
  });

  it('answers an App and its installations as GitHub does', async () => {
    for (const path of ['/app', '/repos/octo/app/installation', '/orgs/octo/installation']) {
      expect([path, (await ask(path, jwt())).status]).toEqual([path, 200]);
    }
    const issued = await ask('/app/installations/8/access_tokens', { method: 'POST', ...jwt() });
    expect(issued.status).toBe(201);
    const body = (await issued.json()) as { readonly token: string };
    const authorization = `token ${body.token}`;
    expect((await ask('/repos/octo/app/actions/runners', { authorization })).status).toBe(200);
    expect((await ask('/orgs/octo/actions/runners', { authorization })).status).toBe(403);
    expect((await ask('/orgs/elsewhere/actions/runners', { authorization })).status).toBe(404);
    expect((await ask('/app/installations/9/access_tokens', { method: 'POST', ...jwt() })).status).toBe(403);
    expect((await ask('/app/installations/10/access_tokens', { method: 'POST', ...jwt() })).status).toBe(404);
    expect((await ask('/app/installations/8/access_tokens', { method: 'POST' })).status).toBe(401);
    expect((await ask('/repos/elsewhere/app/installation', jwt())).status).toBe(404);
  });

  it.each(['/repos/octo/app', '/orgs/octo'])('lets runners of %s come and go as GitHub does', async (root) => {
    const { runner, busy } = populate();
    const [, id = 0] = root.startsWith('/repos') ? [0, runner] : [0, runner + 1];
    const runners = `${root}/actions/runners`;
    const given = { name: 'jit', runner_group_id: 1, labels: ['self-hosted'] };
    const post = (path: string, body?: unknown) => ask(`${runners}/${path}`, { method: 'POST', body });
    expect((await post('registration-token')).status).toBe(201);
    expect((await post('remove-token')).status).toBe(201);
    expect((await post('generate-jitconfig', given)).status).toBe(201);
    expect((await post('generate-jitconfig', given)).status).toBe(409);
    expect((await ask(`${runners}/${id}`)).status).toBe(200);
    expect((await ask(`${runners}/${id}/labels`, { method: 'DELETE' })).status).toBe(200);
    expect((await post(`${id}/labels`, { labels: ['gpu', 'lan'] })).status).toBe(200);
    expect((await post('999/labels', { labels: ['gpu'] })).status).toBe(404);
    expect((await ask(`${runners}/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await ask(`${runners}/${id}`)).status).toBe(404);
    const refused = await ask(`/repos/octo/app/actions/runners/${busy}`, { method: 'DELETE' });
    expect(refused.status).toBe(422);
  });

  it('refuses as GitHub does', async () => {
    const { run } = populate();
    github.removeRepository('octo/gone');
    const runners = '/repos/octo/app/actions/runners';
    expect((await ask(runners, { authorization: '' })).status).toBe(401);
    expect((await ask(runners, { authorization: 'Bearer stranger' })).status).toBe(403);
    expect((await ask(`/repos/octo/app/actions/runs/${run}/jobs`, { authorization: 'token stranger' })).status).toBe(
      403,
    );
    expect((await ask('/repos/octo/gone')).status).toBe(404);
    expect((await ask('/repos/octo/app/actions/runs/5/jobs')).status).toBe(404);
    github.setSecondaryLimit({ pointsPerMinute: 0, status: 429, retryAfter: 60 });
    expect((await ask(runners)).status).toBe(429);
    github.setSecondaryLimit(undefined);
    github.setRateLimit({ remaining: 0 });
    expect((await ask('/repos/octo/app')).status).toBe(403);
  });

  it('was asked everything that is ever asked', () => {
    expect(neverMade(allCalls, asked)).toEqual([]);
  });

  it('would be found out', async () => {
    github.fail({ match: '/actions/runners', body: { total_count: 1, runners: [{ id: 'seven' }] } });
    const response = await fetch(`${prism.url}/repos/octo/app/actions/runners`, { headers: { authorization: token } });
    expect([response.status, violationsIn(response)]).toEqual([
      500,
      expect.arrayContaining(['response.body.runners.0.id: Response body property runners.0.id must be integer']),
    ]);
  });
});
