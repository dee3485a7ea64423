import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGithubEmulator, type GithubEmulator } from '../support/github-emulator/index.ts';
import { ask } from './ask.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const RUNNERS = '/repos/octo/app/actions/runners';

let now: number;
let github: GithubEmulator;

beforeEach(async () => {
  now = NOW;
  github = await createGithubEmulator({ clock: { now: () => now }, tokens: { one: {}, two: {} } });
});
afterEach(() => github[Symbol.asyncDispose]());

describe('limits', () => {
  it('are each token’s own', async () => {
    github.setRateLimit({ credential: 'one', remaining: 0 });
    expect((await ask(github, RUNNERS, { token: 'one' })).status).toBe(403);
    expect((await ask(github, RUNNERS, { token: 'two' })).status).toBe(200);
  });

  it('that are secondary count changes five times, by the minute', async () => {
    github.setSecondaryLimit({ pointsPerMinute: 6, status: 429, retryAfter: 30 });
    const asked = (method: string) =>
      ask(github, `${RUNNERS}/registration-token`.slice(0, method === 'GET' ? RUNNERS.length : undefined), {
        method,
        token: 'one',
      });
    const statuses = [(await asked('POST')).status, (await asked('GET')).status];
    const refused = await asked('GET');
    expect([...statuses, refused.status, refused.headers.get('retry-after')]).toEqual([201, 200, 429, '30']);
    now += 60_000;
    expect((await asked('GET')).status).toBe(200);
  });

  it('may be missing, as on an Enterprise Server', async () => {
    await using server = await createGithubEmulator({ limit: null });
    expect((await ask(server, '/rate_limit')).status).toBe(404);
    expect((await ask(server, RUNNERS)).headers.get('x-ratelimit-limit')).toBeNull();
  });
});

describe('whoever was told of a limit', () => {
  const answers = [
    ['by retry-after', { status: 403, headers: { 'retry-after': '120' }, body: {} }, 120_000],
    ['without a time', { status: 429, body: {} }, 60_000],
    [
      'that is used up',
      {
        status: 200,
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 300) },
        body: {},
      },
      300_000,
    ],
  ] as const;

  it.each(answers)('%s and asks all the same is remembered', async (_, fault, ms) => {
    github.fail({ match: RUNNERS, times: 1, ...fault });
    await ask(github, RUNNERS, { token: 'one' });
    now += ms - 1;
    await ask(github, RUNNERS, { token: 'two' });
    expect(github.requestsWhileLimited()).toEqual([]);
    await ask(github, RUNNERS, { token: 'one' });
    const ignored = { method: 'GET', path: RUNNERS, at: now, until: NOW + ms };
    expect(github.requestsWhileLimited()).toEqual([ignored]);
    now += 1;
    await ask(github, RUNNERS, { token: 'one' });
    expect(github.requestsWhileLimited()).toEqual([ignored]);
  });

  it('is not one who was refused for another reason', async () => {
    github.fail({ match: RUNNERS, times: 1, status: 403, body: { message: 'Resource not accessible' } });
    await ask(github, RUNNERS, { token: 'one' });
    await ask(github, RUNNERS, { token: 'one' });
    expect(github.requestsWhileLimited()).toEqual([]);
  });
});

describe('the clock', () => {
  it('of GitHub may be ahead', async () => {
    github.setClockSkew(600_000);
    const { headers } = await ask(github, '/rate_limit', { token: 'one' });
    expect(headers.get('date')).toBe('Thu, 01 Jan 2026 00:10:00 GMT');
  });
});
