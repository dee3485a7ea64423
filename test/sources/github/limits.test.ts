import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';
import { createAppKey, createGithubEmulator } from '../../support/github-emulator/index.ts';
import { whilePassing } from '../../support/while-passing.ts';
import { failureOf, organization, repository, signal, sourceFor } from './source-for.ts';

const minute = 60_000;
const key = createAppKey();
const permissions = { administration: 'read', organization_self_hosted_runners: 'read' } as const;
const installations = [
  { id: 11, account: 'o', permissions },
  { id: 12, account: 'acme', permissions },
];
const apps = [{ id: 7, publicKey: key.publicKey, installations }];
const app = { id: '7', privateKey: async () => key.pkcs8 };

describe('a limit', () => {
  it('of one credential does not hold another, nor the renewal of its token', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock, apps });
    const { source } = sourceFor(github, clock, { token: undefined, app });
    await source.listRunners(repository, signal);
    await source.listRunners(organization, signal);
    github.setRateLimit({ credential: 'installation/11', remaining: 0 });
    const before = github.requests().length;
    for (let poll = 0; poll < 3; poll++) {
      expect(await failureOf(source.listRunners(repository, signal))).toMatchObject({ failure: 'rate-limit' });
      expect(await source.listRunners(organization, signal)).toEqual([]);
    }
    expect(github.requests().length - before).toBe(1 + 3);
    expect(source.pace(30_000)).toBe(30_000);
    await clock.advance(56 * minute);
    expect(await failureOf(source.listRunners(repository, signal))).toMatchObject({ failure: 'rate-limit' });
    await clock.advance(4 * minute);
    expect(await source.listRunners(repository, signal)).toEqual([]);
    expect(github.requestsWhileLimited()).toEqual([]);
  });

  it('of one resource does not hold another', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    const reset = String(clock.now() / 1000 + 600);
    const headers = { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    const { source } = sourceFor(github, clock);
    const runners = () => source.listRunners(repository, signal);
    const branch = () => source.defaultBranch('o/r', signal);
    const body = { runners: [] };
    github.fail({ match: 'runners', times: 1, body, headers: { ...headers, 'x-ratelimit-resource': 'runners' } });
    expect(await runners()).toEqual([]);
    expect(await failureOf(runners())).toMatchObject({ failure: 'rate-limit', retryAt: clock.now() + 600_000 });
    expect(await branch()).toBe('main');
    expect(source.rateLimits().map(({ resource, remaining }) => [resource, remaining])).toEqual([
      ['runners', 0],
      ['core', 4999],
    ]);
    await clock.advance(600_000);
    expect(await runners()).toEqual([]);
  });

  it.each([
    [403, { 'retry-after': '120' }, 'You have exceeded a secondary rate limit.', 120_000],
    [429, { 'retry-after': '7' }, 'slow down', 7000],
    [429, {}, 'slow down', 60_000],
    [403, {}, 'You have exceeded a secondary rate limit.', 60_000],
    [429, { 'retry-after': 'soon' }, 'slow down', 60_000],
  ])('told by %i with %o is obeyed: nobody asks before its end', async (status, headers, message, waitMs) => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    github.fail({ match: '', times: 1, status, headers, body: { message } });
    const { source } = sourceFor(github, clock);
    const error = await failureOf(source.listRunners(repository, signal));
    expect(error).toMatchObject({ failure: 'rate-limit', retryAt: clock.now() + waitMs });
    await clock.advance(waitMs - 1);
    expect(await failureOf(source.defaultBranch('o/r', signal))).toMatchObject({ message: error.message });
    expect(github.requests()).toHaveLength(1);
    expect(source.pace(1000)).toBeGreaterThanOrEqual(1);
    await clock.advance(1);
    expect(await source.listRunners(repository, signal)).toEqual([]);
    expect(source.pace(30_000)).toBe(30_000);
  });

  it('that is named twice holds until the later end', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    const reset = String(clock.now() / 1000 + 600);
    const counts = { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    github.fail({ match: '', times: 1, status: 403, headers: { ...counts, 'retry-after': '60' }, body: {} });
    const error = await failureOf(sourceFor(github, clock).source.listRunners(repository, signal));
    expect(error).toMatchObject({ failure: 'rate-limit', retryAt: clock.now() + 600_000 });
  });

  it('with no time doubles as long as it comes again', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    github.fail({ match: '', status: 429, body: { message: 'slow down' } });
    const { source } = sourceFor(github, clock);
    const waits: number[] = [];
    for (let refusal = 0; refusal < 6; refusal++) {
      const { retryAt = 0 } = await failureOf(source.listRunners(repository, signal));
      waits.push((retryAt - clock.now()) / minute);
      await clock.advance(retryAt - clock.now());
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15]);
  });

  it('keeps the polls at their interval, so that a new credential is seen', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    github.setRateLimit({ remaining: 1 });
    const { source } = sourceFor(github, clock);
    await source.listRunners(repository, signal);
    expect([source.pace(30_000), source.stretch()]).toEqual([30_000, 1]);
    expect(source.holds()).toEqual([{ credential: 'token', until: clock.now() + 60 * minute }]);
  });

  it('is no reason to slow down for those whom failures slow down already', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    github.fail({ match: '', status: 503, body: '<html>' });
    const { source } = sourceFor(github, clock);
    await failureOf(whilePassing(clock, source.listRunners(repository, signal)));
    const slowed = source.pace(30_000);
    expect(slowed).toBeGreaterThan(50_000);
    expect(slowed).toBeLessThan(70_000);
    github.clearFaults();
    await source.listRunners(repository, signal);
    expect(source.pace(30_000)).toBe(30_000);
  });
});

it('what failed the last time is asked once, and three times again after it was answered', async () => {
  const clock = new FakeClock();
  await using github = await createGithubEmulator({ clock });
  const { source } = sourceFor(github, clock);
  const asked = async () => {
    const before = github.requests().length;
    await whilePassing(clock, source.listRunners(repository, signal)).catch(() => undefined);
    return github.requests().length - before;
  };
  github.fail({ match: 'runners', status: 502, body: {} });
  expect([await asked(), await asked(), await asked()]).toEqual([3, 1, 1]);
  // Another question is none the worse for it.
  expect(await source.defaultBranch('o/r', signal)).toBe('main');
  github.clearFaults();
  expect(await asked()).toBe(1);
  github.fail({ match: 'runners', status: 502, body: {} });
  expect(await asked()).toBe(3);
});
