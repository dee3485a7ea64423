import { describe, expect, it } from 'vitest';
import { createGithubMemory } from '../../../src/sources/github/memory.ts';
import { openDatabase } from '../../../src/state/database.ts';
import { createGithubHoldStore } from '../../../src/state/github-holds.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { createAppKey, createGithubEmulator, TEST_TOKEN } from '../../support/github-emulator/index.ts';
import { failureOf, organization, repository, signal, sourceFor } from './source-for.ts';

const minute = 60_000;
const message = 'You have exceeded a secondary rate limit.';
const secondary = { match: '', times: 1, status: 403, headers: { 'retry-after': '1200' }, body: { message } };
const key = createAppKey();
const permissions = { administration: 'read' } as const;
const apps = [{ id: 7, publicKey: key.publicKey, installations: [{ id: 11, account: 'o', permissions }] }];
const app = { id: '7', privateKey: async () => key.pkcs8 };

/** `reload` and `restart` make the next source: after the one the memory is the same, after the other the disk alone. */
async function createHouse() {
  const clock = new FakeClock();
  const github = await createGithubEmulator({ clock, apps, tokens: { [TEST_TOKEN]: {}, other: {} } });
  const database = openDatabase(':memory:');
  const holds = createGithubHoldStore(database);
  let memory = createGithubMemory({ clock, holds });
  type Over = Parameters<typeof sourceFor>[2];
  const reload = (over: Over = {}) => sourceFor(github, clock, { memory, ...over }).source;
  const restart = (over: Over = {}) => {
    memory = createGithubMemory({ clock, holds });
    return reload(over);
  };
  async function dispose() {
    database[Symbol.dispose]();
    await github[Symbol.asyncDispose]();
  }
  return { clock, github, database, reload, restart, [Symbol.asyncDispose]: dispose };
}

describe.each(['reload', 'restart'] as const)('after a %s', (next) => {
  it.each([
    ['a secondary limit', (house: House) => house.github.fail(secondary), 20],
    ['a limit that is used up', (house: House) => house.github.setRateLimit({ remaining: 0 }), 60],
  ])('%s holds: not one request comes until it ends', async (_, announce, minutes) => {
    await using house = await createHouse();
    announce(house);
    const before = await failureOf(house.reload().listRunners(repository, signal));
    await house.clock.advance(10 * minute);
    const source = house[next]();
    const asked = house.github.requests().length;
    expect(await failureOf(source.listRunners(repository, signal))).toMatchObject({ message: before.message });
    await source.checkCredentials(signal);
    expect(source.holds()).toEqual([{ credential: 'token', until: before.retryAt }]);
    expect(source.pace(30_000)).toBe(30_000);
    await house.clock.advance((minutes - 10) * minute - 1);
    expect(await failureOf(source.defaultBranch('o/r', signal))).toMatchObject({ failure: 'rate-limit' });
    expect(house.github.requests()).toHaveLength(asked);
    await house.clock.advance(1);
    expect(await source.listRunners(repository, signal)).toEqual([]);
    expect(source.holds()).toEqual([]);
    expect(house.github.requestsWhileLimited()).toEqual([]);
  });

  it('the limit of an installation holds it, and no other App', async () => {
    await using house = await createHouse();
    const asApp = { token: undefined, app };
    const first = house.reload(asApp);
    await first.listRunners(repository, signal);
    house.github.setRateLimit({ credential: 'installation/11', remaining: 0 });
    await failureOf(first.listRunners(repository, signal));
    const asked = runnerReads(house);
    expect(await failureOf(house[next](asApp).listRunners(repository, signal))).toMatchObject({
      failure: 'rate-limit',
    });
    expect(runnerReads(house)).toBe(asked);
    const other = { ...asApp, app: { ...app, id: '8' } };
    expect(await failureOf(house[next](other).listRunners(repository, signal))).toMatchObject({ failure: 'auth' });
  });

  it('another token is asked with at once, and the first again when its limit ended', async () => {
    await using house = await createHouse();
    house.github.fail(secondary);
    await failureOf(house.reload().listRunners(repository, signal));
    expect(await house[next]({ token: async () => 'other' }).listRunners(repository, signal)).toEqual([]);
    const back = house[next]();
    expect(await failureOf(back.listRunners(repository, signal))).toMatchObject({ failure: 'rate-limit' });
    await house.clock.advance(20 * minute);
    expect(await back.listRunners(repository, signal)).toEqual([]);
    expect(house.github.requestsWhileLimited()).toEqual([]);
  });

  it('another API is asked at once', async () => {
    await using house = await createHouse();
    house.github.fail(secondary);
    await failureOf(house.reload().listRunners(repository, signal));
    const elsewhere = house[next]({ apiUrl: 'https://ghe.example/api/v3' });
    expect(await elsewhere.listRunners(repository, signal)).toEqual([]);
  });
});

type House = Awaited<ReturnType<typeof createHouse>>;

function runnerReads({ github }: House): number {
  return github.requests().filter(({ path }) => path.includes('/actions/runners')).length;
}

it('a token that is replaced while a limit holds the old one is used at the next poll', async () => {
  await using house = await createHouse();
  let token = TEST_TOKEN;
  const source = house.reload({ token: async () => token });
  house.github.setRateLimit({ credential: TEST_TOKEN, remaining: 0 });
  await failureOf(source.listRunners(repository, signal));
  await house.clock.advance(source.pace(30_000));
  await failureOf(source.listRunners(repository, signal));
  token = 'other';
  await house.clock.advance(source.pace(30_000));
  expect(await source.listRunners(repository, signal)).toEqual([]);
  expect(source.holds()).toEqual([]);
  expect(house.github.requestsWhileLimited()).toEqual([]);
});

it('a resource other than the usual one holds all over a restart: nobody knows any more what counts against it', async () => {
  await using house = await createHouse();
  const reset = String(house.clock.now() / 1000 + 600);
  const headers = { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
  const body = { message: 'used up' };
  house.github.fail({ ...secondary, headers: { ...headers, 'x-ratelimit-resource': 'runners' }, body });
  await failureOf(house.reload().listRunners(repository, signal));
  const source = house.restart();
  expect(await failureOf(source.listRunners(repository, signal))).toMatchObject({ failure: 'rate-limit' });
  await house.clock.advance(10 * minute);
  expect(await source.listRunners(repository, signal)).toEqual([]);
});

it('a clock that was set back does not make a limit longer than two hours', async () => {
  await using house = await createHouse();
  house.github.fail(secondary);
  await failureOf(house.reload().listRunners(repository, signal));
  house.database.run('UPDATE github_hold SET until = ?', house.clock.now() + 1000 * 60 * minute);
  const error = await failureOf(house.restart().listRunners(repository, signal));
  expect(error.retryAt).toBe(house.clock.now() + 120 * minute);
});

it('no secret is on the disk', async () => {
  await using house = await createHouse();
  house.github.fail(secondary);
  await failureOf(house.reload().listRunners(repository, signal));
  expect(house.database.all('SELECT * FROM github_hold')).toEqual([
    {
      account: expect.stringMatching(/^[0-9a-f]{64}$/),
      resource: '*',
      until: house.clock.now() + 20 * minute,
      why: 'it was asked too often at once (secondary rate limit)',
    },
  ]);
});

it('a reload goes on with the counts, the budget, and what has not changed', async () => {
  await using house = await createHouse();
  const first = house.reload({ budgetRatio: 0.001 });
  await first.listRunners(repository, signal);
  for (let count = 0; count < 5; count++) await first.listRunners({ ...repository, name: `o/r${count}` }, signal);
  const second = house.reload({ budgetRatio: 0.001 });
  expect(second.requests()).toEqual(new Map([['200', 6]]));
  await second.listRunners(repository, signal);
  expect(second.requests()).toEqual(
    new Map([
      ['200', 6],
      ['304', 1],
    ]),
  );
  expect(second.stretch()).toBe(20);
  expect(second.rateLimits()).toMatchObject([{ credential: 'token', remaining: 4994 }]);
});

it('what is used no longer after a reload is not told', async () => {
  await using house = await createHouse();
  house.github.setRateLimit({ remaining: 0 });
  await failureOf(house.reload().listRunners(repository, signal));
  house.github.setRateLimit({ remaining: 5000 });
  const source = house.reload({ token: undefined, app });
  await source.listRunners(repository, signal);
  await failureOf(source.listRunners(organization, signal));
  expect([source.holds(), new Set(source.rateLimits().map(({ credential }) => credential))]).toEqual([
    [],
    new Set(['app', 'installation/o']),
  ]);
});
