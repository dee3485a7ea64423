import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { KnownRunner } from '../../src/model/runner.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createGithubRunnerStore, createRunnerReleaseStore } from '../../src/state/github-runners.ts';
import { temporaryFolder } from '../support/processes.ts';
import { githubRunner } from '../support/recovery.ts';

function known(id: number, over: Partial<KnownRunner> = {}): KnownRunner {
  const runner = githubRunner({ id, name: `r${id}`, labels: ['gpu'] });
  const said = { status: 'online', at: 1000 } as const;
  return { scope: 'o/r', runner, seenAt: 1000, firstSeenAt: 500, said, offlineSince: undefined, ...over };
}

describe('the store of runners', () => {
  it('gives back what was saved after the file was opened again', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'runnerwatch.db');
    const put = [
      known(1),
      known(2, { said: { status: 'offline', at: 1000 }, offlineSince: 700 }),
      known(3, { runner: githubRunner({ id: 3, status: 'unknown', version: undefined, groupId: 4 }), said: undefined }),
      known(4, { runner: githubRunner({ id: 4, status: 'unknown' }), said: { status: 'online', at: 900 } }),
    ];
    const before = openDatabase(path);
    createGithubRunnerStore(before).save({ scope: 'o/r', readAt: 1000, put, removed: [] });
    before[Symbol.dispose]();
    using after = openDatabase(path);
    expect(createGithubRunnerStore(after).load()).toEqual([{ scope: 'o/r', readAt: 1000, runners: put }]);
  });

  it("takes the scope's last reading for the time of a status that stayed as it was", () => {
    using database = openDatabase(':memory:');
    const store = createGithubRunnerStore(database);
    const silent = known(2, { said: { status: 'online', at: 900 } });
    store.save({ scope: 'o/r', readAt: 1000, put: [known(1), silent], removed: [] });
    store.save({ scope: 'o/r', readAt: 9000, put: [], removed: [] });
    expect(store.load()).toEqual([
      {
        scope: 'o/r',
        readAt: 9000,
        runners: [known(1, { seenAt: 9000, said: { status: 'online', at: 9000 } }), { ...silent, seenAt: 9000 }],
      },
    ]);
  });

  it('forgets runners by scope and id, and a scope as a whole', () => {
    using database = openDatabase(':memory:');
    const store = createGithubRunnerStore(database);
    const ids = () => store.load().map(({ scope, runners }) => [scope, runners.map(({ runner }) => runner.id)]);
    store.save({ scope: 'o/r', readAt: 1, put: [known(1), known(2)], removed: [] });
    store.save({ scope: 'acme', readAt: 1, put: [known(1, { scope: 'acme' })], removed: [] });
    store.save({ scope: 'o/r', readAt: 2, put: [], removed: [1] });
    expect(ids()).toEqual([
      ['acme', [1]],
      ['o/r', [2]],
    ]);
    store.drop('o/r');
    expect(ids()).toEqual([['acme', [1]]]);
    expect(database.all('SELECT id FROM github_runner')).toHaveLength(1);
  });
});

it('the store of releases keeps those that it was given last', () => {
  using database = openDatabase(':memory:');
  const store = createRunnerReleaseStore(database);
  store.save([{ version: '2.335.0', publishedAt: 1, standIn: true }]);
  const releases = [
    { version: '2.335.0', publishedAt: 2, standIn: false },
    { version: '2.336.0', publishedAt: 3, standIn: true },
  ];
  store.save(releases);
  expect(store.load()).toEqual(releases);
});
