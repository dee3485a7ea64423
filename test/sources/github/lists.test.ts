import { describe, expect, it } from 'vitest';
import type { HttpClient } from '../../../src/lib/http.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { createGithubEmulator, type GithubEmulator } from '../../support/github-emulator/index.ts';
import { failureOf, repository, signal, sourceFor } from './source-for.ts';

function add(github: GithubEmulator, from: number, count: number): void {
  for (let index = from; index < from + count; index++) github.addRunner({ scope: 'o/r', name: `r${index}` });
}

function remove(github: GithubEmulator, name: string): void {
  const id = github.runners().find((runner) => runner.name === name)?.id;
  if (id === undefined) throw new Error(`no runner ${name}`);
  github.removeRunner(id);
}

/** 250 runners on three pages; `between` is done after each answer of the first page, with how many there were. */
async function listWhile(between: (github: GithubEmulator, count: number) => void) {
  const clock = new FakeClock();
  const github = await createGithubEmulator({ clock });
  add(github, 0, 250);
  let isArmed = false;
  let count = 0;
  const http: HttpClient = async (url, request) => {
    const answer = await github.http(url, request);
    if (isArmed && url.endsWith('/actions/runners?per_page=100')) between(github, ++count);
    return answer;
  };
  const { source } = sourceFor({ http }, clock);
  const list = async () => (await source.listRunners(repository, signal)).map(({ name }) => name);
  return { github, list, arm: () => (isArmed = true), [Symbol.asyncDispose]: () => github[Symbol.asyncDispose]() };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `r${index}`);

describe('a list that changes while its pages are read', () => {
  it.each([
    ['known before', true],
    ['read for the first time', false],
  ])('has nobody missing who stayed: one leaves; %s', async (_, isKnown) => {
    await using house = await listWhile((github, count) => {
      if (count === 1) remove(github, 'r4');
    });
    if (isKnown) expect(await house.list()).toEqual(names(250));
    house.arm();
    expect(await house.list()).toEqual(names(250).filter((name) => name !== 'r4'));
  });

  it('has nobody missing where another came at the same time, and the total stays', async () => {
    await using house = await listWhile((github, count) => {
      if (count !== 1) return;
      remove(github, 'r4');
      add(github, 250, 1);
    });
    expect(await house.list()).toHaveLength(250);
    house.arm();
    expect(await house.list()).toEqual(names(251).filter((name) => name !== 'r4'));
  });

  it('is none where it does not come to rest, and is one again when it does', async () => {
    await using house = await listWhile((github, count) => {
      if (count <= 6) remove(github, `r${count}`);
    });
    house.arm();
    expect(await failureOf(house.list())).toMatchObject({
      failure: 'malformed',
      message: 'the runners of o/r changed each of the 3 times that they were read: too often for one picture',
    });
    expect(house.github.requests()).toHaveLength(3 * 3);
    expect(await house.list()).toEqual(names(250).filter((_, index) => index < 1 || index > 6));
  });

  it('is asked for no more than page by page while nobody comes or leaves, whoever is busy', async () => {
    await using house = await listWhile((github, count) => {
      const id = github.runners()[0]?.id ?? 0;
      github.setRunner(id, { status: count % 2 === 0 ? 'online' : 'offline' });
    });
    await house.list();
    const before = house.github.requests().length;
    house.arm();
    for (let poll = 0; poll < 3; poll++) expect(await house.list()).toEqual(names(250));
    expect(house.github.requests().length - before).toBe(3 * 3);
  });
});
