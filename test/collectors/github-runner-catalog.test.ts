import { describe, expect, it } from 'vitest';
import { createRunnerCatalog } from '../../src/collectors/github/runner-catalog.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import type { KnownRelease } from '../../src/model/runner.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createRunnerReleaseStore } from '../../src/state/github-runners.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fakeGithub } from '../support/fake-github.ts';
import { family, organization, repository, watchRunners } from '../support/github-runners.ts';
import { githubRunner } from '../support/recovery.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const hour = 3_600_000;
const day = 24 * hour;
const runner = githubRunner({ name: 'a', version: '2.335.0' });
const releases = [
  { version: '2.336.0', publishedAt: start - 3 * day },
  { version: '2.335.0', publishedAt: start - 20 * day },
];

function countingLog() {
  const warnings: unknown[] = [];
  const log = { ...silentLog, warn: (fields: unknown) => void warnings.push(fields) } as Log;
  return { log, warnings };
}

describe('the version that GitHub offers', () => {
  it('marks those that are older, with the day on which jobs stop', async () => {
    const watch = watchRunners(
      {
        'o/r': [
          runner,
          githubRunner({ id: 2, name: 'b', version: '2.336.0' }),
          githubRunner({ id: 3, name: 'c', version: undefined }),
        ],
      },
      { github: { expectedVersion: async () => '2.336.0', listReleases: async () => releases } },
    );
    const { lines } = await watch.collect();
    expect(family(lines, 'github_runner_expected_version_info')).toEqual([
      'github_runner_expected_version_info{scope="o/r",version="2.336.0"} 1',
    ]);
    expect(family(lines, 'github_runner_outdated')).toEqual([
      'github_runner_outdated{runner="a",scope="o/r"} 1',
      'github_runner_outdated{runner="b",scope="o/r"} 0',
    ]);
    expect(family(lines, 'github_runner_update_deadline_timestamp_seconds')).toEqual([
      `github_runner_update_deadline_timestamp_seconds{runner="a",scope="o/r"} ${(start + 27 * day) / 1000}`,
    ]);
  });

  it('is asked each hour, the releases every six', async () => {
    const asked: string[] = [];
    const github = {
      expectedVersion: async () => {
        asked.push('version');
        return undefined;
      },
      listReleases: async () => {
        asked.push('releases');
        return [];
      },
    };
    const watch = watchRunners({ 'o/r': [runner] }, { github });
    for (let polls = 0; polls < 6 * 120; polls++) {
      await watch.collect();
      await watch.clock.advance(30_000);
    }
    expect(asked).toEqual(['version', 'releases', ...Array.from({ length: 5 }, () => 'version')]);
  });

  it('counts from the day it was first offered where there are no releases, over a restart', async () => {
    using database = openDatabase(':memory:');
    const clock = new FakeClock(start);
    const github = { expectedVersion: async () => '2.336.0' };
    await watchRunners({ 'o/r': [runner] }, { database, clock, github }).collect();
    await clock.advance(5 * day);
    const { lines } = await watchRunners({ 'o/r': [runner] }, { database, clock, github }).collect();
    expect(family(lines, 'github_runner_update_deadline_timestamp_seconds')).toEqual([
      `github_runner_update_deadline_timestamp_seconds{runner="a",scope="o/r"} ${(start + 30 * day) / 1000}`,
    ]);
  });

  it('takes the day of the release in place of that, and keeps it while GitHub does not list any', async () => {
    using database = openDatabase(':memory:');
    const store = createRunnerReleaseStore(database);
    const expectedVersion = async () => '2.336.0';
    const clock = new FakeClock(start);
    await watchRunners({ 'o/r': [runner] }, { database, clock, github: { expectedVersion } }).collect();
    expect(store.load()).toEqual([{ version: '2.336.0', publishedAt: start, standIn: true }]);
    const listed = { expectedVersion, listReleases: async () => releases };
    await watchRunners({ 'o/r': [runner] }, { database, clock, github: listed }).collect();
    const kept = [...releases].reverse().map((release) => ({ ...release, standIn: false }));
    expect(store.load()).toEqual(kept);
    await watchRunners({ 'o/r': [runner] }, { database, clock, github: { expectedVersion } }).collect();
    expect(store.load()).toEqual(kept);
  });
});

it('releases that the disk refused are known all the same, and written later', async () => {
  let isFull = true;
  const written: (readonly KnownRelease[])[] = [];
  const save = (known: readonly KnownRelease[]): void => {
    if (isFull) throw new Error('disk full');
    written.push(known);
  };
  const store = { load: () => [], save };
  const catalog = createRunnerCatalog({ clock: new FakeClock(start), log: silentLog, store });
  const github = fakeGithub({ listReleases: async () => releases });
  const { signal } = new AbortController();
  const refresh = () => catalog.refresh(github, [{ scope: repository, hasGroups: false }], 5_000, signal);
  await expect(refresh()).rejects.toThrow('disk full');
  const known = releases.map((release) => ({ ...release, standIn: false }));
  expect(catalog.releases()).toEqual(known);
  isFull = false;
  await refresh();
  await refresh();
  expect(written).toEqual([known]);
});

describe('a question beside the list', () => {
  it('that fails costs no runner, is told once, and asked again after ten minutes', async () => {
    const { log, warnings } = countingLog();
    const asked: number[] = [];
    const watch = watchRunners(
      { 'o/r': [runner] },
      {
        log,
        github: {
          expectedVersion: async () => {
            asked.push(watch.clock.now() - start);
            throw new Error('the token may not read the downloads');
          },
        },
      },
    );
    for (let polls = 0; polls < 41; polls++) {
      const { lines, failure } = await watch.collect();
      expect(failure).toBeUndefined();
      expect(family(lines, 'github_runner_online')).toHaveLength(1);
      expect(family(lines, 'github_runner_outdated')).toEqual([]);
      await watch.clock.advance(30_000);
    }
    expect(asked).toEqual([0, 600_000, 1_200_000]);
    expect(warnings).toEqual([
      { what: 'expected version', scope: 'o/r', reason: 'the token may not read the downloads' },
    ]);
  });

  it('that hangs delays the runners by seconds, once', async () => {
    const watch = watchRunners(
      { 'o/r': [runner] },
      { github: { expectedVersion: () => new Promise<never>(() => undefined) } },
    );
    const collected = watch.collect();
    // The list comes first.
    await watch.clock.advance(0);
    await watch.clock.advance(5_000);
    expect((await collected).failure).toBeUndefined();
    expect((await watch.collect()).failure).toBeUndefined();
  });

  it('is not asked while GitHub does not answer', async () => {
    const asked: string[] = [];
    const expectedVersion = async ({ name }: { name: string }) => {
      asked.push(name);
      return undefined;
    };
    const watch = watchRunners({ 'o/r': new Error('down') }, { github: { expectedVersion } });
    await watch.collect();
    expect(asked).toEqual([]);
  });

  it('keeps what was said before where it fails later', async () => {
    let isDown = false;
    const expectedVersion = async () => {
      if (isDown) throw new Error('down');
      return '2.336.0';
    };
    const watch = watchRunners({ 'o/r': [runner] }, { github: { expectedVersion } });
    await watch.collect();
    isDown = true;
    await watch.clock.advance(2 * hour);
    const { lines } = await watch.collect();
    expect(family(lines, 'github_runner_outdated')).toEqual(['github_runner_outdated{runner="a",scope="o/r"} 1']);
  });
});

describe('the group of a runner', () => {
  const grouped = githubRunner({ name: 'a', groupId: 7 });
  const groupIn = (lines: readonly string[]) => /group="(\w*)"/.exec(family(lines, 'github_runner_info')[0] ?? '')?.[1];

  it.each([
    ['by its name', async () => new Map([[7, 'gpu']]), 'gpu'],
    ['by its id where GitHub does not know it', async () => new Map([[8, 'other']]), '7'],
    ['by its id where GitHub does not say', async () => Promise.reject(new Error('down')), '7'],
  ])('is told %s', async (_, listRunnerGroups, expected) => {
    const watch = watchRunners({ acme: [grouped] }, { scopes: [organization], github: { listRunnerGroups } });
    const { lines, failure } = await watch.collect();
    expect([groupIn(lines), failure]).toEqual([expected, undefined]);
  });

  it('is not asked for where there are none', async () => {
    const asked: string[] = [];
    const listRunnerGroups = async ({ name }: { name: string }) => {
      asked.push(name);
      return new Map();
    };
    const watch = watchRunners(
      { 'o/r': [runner], acme: [grouped] },
      { scopes: [repository, organization], github: { listRunnerGroups } },
    );
    await watch.collect();
    expect(asked).toEqual(['acme']);
  });
});
