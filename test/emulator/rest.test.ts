import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGithubEmulator, type GithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const RUNNERS = '/repos/octo/app/actions/runners';

let now: number;
let github: GithubEmulator;

beforeEach(async () => {
  now = NOW;
  github = await createGithubEmulator({
    clock: { now: () => now },
    tokens: {
      [TEST_TOKEN]: { expires: NOW + 86_400_000 },
      reader: { runners: 'read' },
      stranger: { runners: 'none' },
    },
  });
});
afterEach(() => github[Symbol.asyncDispose]());

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function ask(path: string, { method = 'GET', headers = {} }: Ask = {}): Promise<Response> {
  const url = path.startsWith('http') ? path : `${github.url}${path}`;
  return fetch(url, {
    method,
    headers: { authorization: `token ${TEST_TOKEN}`, ...headers },
    signal: AbortSignal.timeout(2000),
  });
}

function remaining(response: Response): number {
  return Number(response.headers.get('x-ratelimit-remaining'));
}

interface Page {
  readonly total_count: number;
  readonly runners: readonly { readonly name: string }[];
}

describe('listing runners', () => {
  it('gives 250 runners over three pages that the Link header joins', async () => {
    for (let n = 0; n < 250; n++) github.addRunner({ scope: 'octo/app', name: `r${n}` });
    github.addRunner({ scope: 'octo', name: 'of the organisation' });
    const pages: Page[] = [];
    const links: string[] = [];
    for (let url: string | undefined = `/api/v3${RUNNERS}?per_page=100`; url !== undefined; ) {
      const response = await ask(url);
      pages.push((await response.json()) as Page);
      links.push(response.headers.get('link') ?? '');
      url = /<([^>]+)>; rel="next"/.exec(links.at(-1) ?? '')?.[1];
    }
    expect(pages.map((page) => [page.total_count, page.runners.length])).toEqual([
      [250, 100],
      [250, 100],
      [250, 50],
    ]);
    expect(new Set(pages.flatMap((page) => page.runners.map(({ name }) => name))).size).toBe(250);
    expect(links[0]).toContain(`<${github.url}/api/v3${RUNNERS}?per_page=100&page=3>; rel="last"`);
    expect(links[2]).not.toContain('rel="last"');
  });

  it('gives thirty where no size is asked for, and an organisation its own', async () => {
    for (let n = 0; n < 31; n++) github.addRunner({ scope: 'octo', name: `r${n}` });
    const page = (await (await ask('/orgs/octo/actions/runners')).json()) as Page;
    expect([page.total_count, page.runners.length]).toEqual([31, 30]);
  });

  it("describes a runner in GitHub's words", async () => {
    const labels = ['self-hosted', 'gpu'];
    const { id } = github.addRunner({ scope: 'octo/app', name: 'r', labels, status: 'online', version: '2.336.0' });
    expect(await (await ask(`${RUNNERS}/${id}`)).json()).toEqual({
      id,
      name: 'r',
      os: 'Linux',
      status: 'online',
      busy: false,
      labels: [
        { id: 1, name: 'self-hosted', type: 'read-only' },
        { id: 2, name: 'gpu', type: 'custom' },
      ],
      runner_group_id: 1,
      ephemeral: false,
      version: '2.336.0',
    });
  });
});

describe('conditional requests', () => {
  it('answers 304 at no cost until something changes', async () => {
    const runner = github.addRunner({ scope: 'octo/app', name: 'r' });
    const first = await ask(RUNNERS);
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
    const same = await ask(RUNNERS, { headers });
    expect([same.status, await same.text(), remaining(same)]).toEqual([304, '', remaining(first)]);
    github.removeRunner(runner.id);
    const changed = await ask(RUNNERS, { headers });
    expect([changed.status, remaining(changed)]).toEqual([200, remaining(first) - 1]);
  });
});

describe('an enterprise', () => {
  it('has runners and groups of its own', async () => {
    github.addRunner({ scope: 'enterprises/big', name: 'r', groupId: 3 });
    github.addRunnerGroup({ scope: 'enterprises/big', id: 3, name: 'far away' });
    const page = await (await ask('/enterprises/big/actions/runners')).json();
    expect(page).toMatchObject({ total_count: 1, runners: [{ name: 'r', runner_group_id: 3 }] });
    const groups = await (await ask('/enterprises/big/actions/runner-groups')).json();
    expect(groups).toMatchObject({
      runner_groups: [
        { id: 1, name: 'Default' },
        { id: 3, name: 'far away' },
      ],
    });
    expect((await ask('/repos/octo/app/actions/runner-groups')).status).toBe(404);
  });
});

describe('repositories', () => {
  it('of an organisation are listed by their last push', async () => {
    github.addRepository({ name: 'octo/old', pushedAt: NOW - 2000, archived: true });
    github.addRepository({ name: 'octo/new', pushedAt: NOW - 1000, defaultBranch: 'trunk' });
    github.addRepository({ name: 'acme/app' });
    const list = await (await ask('/orgs/octo/repos?sort=pushed&direction=desc')).json();
    expect(list).toMatchObject([
      { full_name: 'octo/new', default_branch: 'trunk', archived: false, pushed_at: '2025-12-31T23:59:59Z' },
      { full_name: 'octo/old', archived: true },
    ]);
  });

  it('that are gone are 404, all else is there', async () => {
    github.removeRepository('octo/gone');
    expect((await ask('/repos/octo/gone')).status).toBe(404);
    expect(await (await ask('/repos/octo/app')).json()).toMatchObject({
      default_branch: 'main',
      pushed_at: '1970-01-01T00:00:00Z',
    });
  });
});

describe('versions', () => {
  it('of the runner: what is offered, and what was released', async () => {
    github.setReleases([{ version: '2.337.0', publishedAt: NOW, prerelease: true }]);
    const offered = await (await ask(`${RUNNERS}/downloads`)).json();
    expect(offered).toMatchObject([
      { os: 'linux', architecture: 'x64', filename: 'actions-runner-linux-x64-2.336.0.tar.gz' },
      {},
    ]);
    const releases = await (await ask('/repos/actions/runner/releases')).json();
    expect(releases).toMatchObject([{ tag_name: 'v2.337.0', prerelease: true, published_at: '2026-01-01T00:00:00Z' }]);
    github.setVersion(undefined);
    expect(await (await ask(`${RUNNERS}/downloads`)).json()).toEqual([]);
  });
});

describe('changing runners', () => {
  it('registers one for a single job', async () => {
    const ask422 = await ask(`${RUNNERS}/generate-jitconfig`, { method: 'POST' });
    expect(ask422.status).toBe(422);
    const body = JSON.stringify({ name: 'jit', runner_group_id: 1, labels: ['gpu'] });
    const made = await fetch(`${github.url}${RUNNERS}/generate-jitconfig`, {
      method: 'POST',
      body,
      headers: { authorization: `token ${TEST_TOKEN}` },
    });
    expect([made.status, await made.json()]).toMatchObject([201, { runner: { name: 'jit', ephemeral: true } }]);
  });

  it('deletes an idle one and refuses a busy one', async () => {
    const idle = github.addRunner({ scope: 'octo/app', name: 'idle' });
    const busy = github.addRunner({ scope: 'octo/app', name: 'busy', busy: true });
    expect((await ask(`${RUNNERS}/${idle.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await ask(`${RUNNERS}/${busy.id}`, { method: 'DELETE' })).status).toBe(422);
    expect(github.runners().map(({ name }) => name)).toEqual(['busy']);
    expect((await ask(`${RUNNERS}/${idle.id}`)).status).toBe(404);
  });

  it.each(['registration-token', 'remove-token'])('gives a %s for one hour', async (kind) => {
    const response = await ask(`${RUNNERS}/${kind}`, { method: 'POST' });
    expect(response.status).toBe(201);
    const expected = { token: expect.stringMatching(/^[0-9A-F]{30}$/), expires_at: '2026-01-01T01:00:00.000Z' };
    expect(await response.json()).toEqual(expected);
  });
});

describe('access', () => {
  it.each([
    ['no token', { authorization: '' }, 'GET', 401, 'Bad credentials'],
    ['a wrong token', { authorization: 'Bearer wrong' }, 'GET', 401, 'Bad credentials'],
    ['a token without the permission', { authorization: 'Bearer stranger' }, 'GET', 403, 'Resource not accessible'],
    ['a reader that wants to change', { authorization: 'token reader' }, 'DELETE', 403, 'Resource not accessible'],
  ])('refuses %s', async (_, headers, method, status, message) => {
    const { id } = github.addRunner({ scope: 'octo/app', name: 'r' });
    const response = await ask(`${RUNNERS}/${id}`, { method, headers });
    expect([response.status, await response.json()]).toEqual([
      status,
      expect.objectContaining({ message: expect.stringContaining(message) }),
    ]);
  });

  it('names the permission that is missing, and lets a reader read', async () => {
    const headers = { authorization: 'Bearer reader' };
    const refused = await ask(`${RUNNERS}/remove-token`, { method: 'POST', headers });
    expect(refused.headers.get('x-accepted-github-permissions')).toBe('administration=write');
    expect((await ask(RUNNERS, { headers })).status).toBe(200);
  });

  it('tells when a token ends, and refuses it from then on', async () => {
    const before = await ask(RUNNERS);
    expect(before.headers.get('github-authentication-token-expiration')).toBe('2026-01-02 00:00:00 UTC');
    now += 86_400_000;
    expect((await ask(RUNNERS)).status).toBe(401);
  });
});

describe('the rate limit', () => {
  it('refuses what is over it, and refills at the reset', async () => {
    const reset = NOW / 1000 + 60;
    github.setRateLimit({ remaining: 1, reset });
    expect((await ask(RUNNERS)).status).toBe(200);
    const refused = await ask(RUNNERS);
    expect([refused.status, remaining(refused), refused.headers.get('x-ratelimit-reset')]).toEqual([
      403,
      0,
      `${reset}`,
    ]);
    const told = (await (await ask('/rate_limit')).json()) as { readonly resources: unknown };
    expect(told.resources).toMatchObject({ core: { limit: 5000, remaining: 0, used: 5000, reset } });
    now += 60_000;
    expect(remaining(await ask(RUNNERS))).toBe(4999);
  });
});

describe('faults on demand', () => {
  it('answers as told, as often as told', async () => {
    github.fail({ match: '/runners', status: 502, body: '<html>', times: 2 });
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await ask(RUNNERS)).status);
    expect(statuses).toEqual([502, 502, 200]);
    expect(github.requests()).toEqual(statuses.map((status) => ({ method: 'GET', path: RUNNERS, status })));
  });

  it('breaks JSON, hangs and cuts connections', async () => {
    github.fail({ match: /^GET .*runners$/, body: '{"total_count":', times: 1 });
    await expect(ask(RUNNERS).then((response) => response.json())).rejects.toThrow(SyntaxError);
    github.fail({ match: RUNNERS, reset: true, times: 1 });
    await expect(ask(RUNNERS)).rejects.toThrow('fetch failed');
    github.fail({ match: RUNNERS, hang: true });
    await expect(fetch(`${github.url}${RUNNERS}`, { signal: AbortSignal.timeout(100) })).rejects.toThrow('timeout');
    github.clearFaults();
    expect((await ask(RUNNERS)).status).toBe(200);
  });

  it('cuts connections in the middle of a body', async () => {
    github.fail({ match: RUNNERS, reset: true, body: '{"total_count":0' });
    const response = await ask(RUNNERS);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it('delays an answer that is otherwise right', async () => {
    github.fail({ match: RUNNERS, delayMs: 150 });
    const from = performance.now();
    expect((await ask(RUNNERS)).status).toBe(200);
    expect(performance.now() - from).toBeGreaterThanOrEqual(140);
  });
});
