import { describe, expect, it } from 'vitest';
import { createRunnerMemory } from '../../src/collectors/github/runner-memory.ts';
import type { GithubRunner } from '../../src/model/runner.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createGithubRunnerStore } from '../../src/state/github-runners.ts';
import { watchRunners } from '../support/github-runners.ts';
import { githubRunner } from '../support/recovery.ts';

const a = githubRunner({ id: 1, name: 'a' });
const gone = (runner: GithubRunner): GithubRunner => ({ ...runner, status: 'offline' });
const silent = (runner: GithubRunner): GithubRunner => ({ ...runner, status: 'unknown' });

/** What the audit log is told by each look, without the first. */
async function toldBy(...looks: readonly (readonly GithubRunner[] | Error)[]): Promise<readonly (readonly string[])[]> {
  const watch = watchRunners({});
  const told: (readonly string[])[] = [];
  for (const look of looks) {
    watch.answers['o/r'] = look;
    await watch.collect();
    told.push(watch.told());
    await watch.clock.advance(30_000);
  }
  return told;
}

describe('the audit log', () => {
  const b = githubRunner({ id: 2, name: 'b', status: 'offline' });
  it.each([
    ['nothing of the first look', [[a, b]], [[]]],
    [
      'nothing where nothing changes',
      [
        [a, b],
        [a, b],
      ],
      [[], []],
    ],
    [
      'of a runner that registers',
      [[], [b], [{ ...b, status: 'online' }]],
      [[], ['runner-registered b'], ['runner-online b']],
    ],
    ['of one that registers and is online at once', [[], [a]], [[], ['runner-registered a', 'runner-online a']]],
    [
      'of one that is removed, ephemeral or not',
      [[a, b], [{ ...b, ephemeral: true }], []],
      [[], ['runner-removed a'], ['runner-removed b']],
    ],
    ['of one that goes and comes', [[a], [gone(a)], [a]], [[], ['runner-offline a'], ['runner-online a']]],
    [
      'of one that registers anew under its name',
      [[a], [{ ...a, id: 7 }]],
      [[], ['runner-removed a', 'runner-registered a', 'runner-online a']],
    ],
    ['nothing of a status that GitHub does not say', [[a], [silent(a)], [a]], [[], [], []]],
    ['of what came after it', [[a], [silent(a)], [gone(a)]], [[], [], ['runner-offline a']]],
    ['nothing of an outage', [[a], new Error('down'), [a]], [[], [], []]],
    ['of what happened in an outage', [[a], new Error('down'), [gone(a)]], [[], [], ['runner-offline a']]],
    ['nothing of the first look where the first that failed', [new Error('down'), [a]], [[], []]],
  ] as const)('is told %s', async (_, looks, expected) => {
    expect(await toldBy(...looks)).toEqual(expected);
  });

  it('is told since when, and in which scope', async () => {
    const watch = watchRunners({ 'o/r': [a] });
    for (const look of [[a], [gone(a)], [a]]) {
      watch.answers['o/r'] = look;
      await watch.collect();
      await watch.clock.advance(30_000);
    }
    const at = Date.parse('2026-01-01T00:00:30Z');
    const labels = { runner: 'a', scope: 'o/r', offline_since: '2026-01-01T00:00:30.000Z' };
    expect(watch.events).toEqual([
      {
        ...{ action: 'runner-offline', at, labels },
        message: 'Runner a of o/r went offline; it was last online at 2026-01-01T00:00:00.000Z',
      },
      {
        ...{ action: 'runner-online', at: at + 30_000, labels },
        message: 'Runner a of o/r went online; it was offline since 2026-01-01T00:00:30.000Z',
      },
    ]);
  });

  it('is told right after a restart of what changed meanwhile', async () => {
    using database = openDatabase(':memory:');
    await watchRunners({ 'o/r': [a, b] }, { database }).collect();
    const second = watchRunners({ 'o/r': [gone(a)] }, { database });
    await second.collect();
    expect(second.told()).toEqual(['runner-removed b', 'runner-offline a']);
  });
});

describe('the memory of runners', () => {
  it('writes a runner only when something of it changes', () => {
    const written: (readonly string[])[] = [];
    const removals: (readonly number[])[] = [];
    const store = {
      load: () => [],
      save: ({ put, removed }: { put: readonly { runner: GithubRunner }[]; removed: readonly number[] }) => {
        written.push(put.map(({ runner }) => `${runner.name} ${runner.status}`));
        removals.push(removed);
      },
      drop: () => undefined,
    };
    const memory = createRunnerMemory({ store, scopes: ['o/r'] });
    const fleet = Array.from({ length: 500 }, (_, index) => githubRunner({ id: index + 2, name: `r${index}` }));
    const looks = [
      [a, ...fleet],
      [{ ...a, labels: [] }, ...fleet.map((runner) => ({ ...runner }))],
      [gone(a), ...fleet],
      fleet,
      fleet,
    ];
    for (const [index, look] of looks.entries()) {
      memory.observe('o/r', look, index);
      memory.save('o/r');
    }
    expect(written.map((runners) => runners.length)).toEqual([501, 0, 1, 0, 0]);
    expect(written[2]).toEqual(['a offline']);
    expect(removals).toEqual([[], [], [], [], [1]]);
  });

  it('knows when a runner was first and last seen', () => {
    const memory = createRunnerMemory();
    memory.observe('o/r', [a], 1);
    memory.observe('o/r', [gone(a)], 2);
    memory.observe('o/r', [silent(a), githubRunner({ id: 2 })], 3);
    expect(memory.known('o/r')).toMatchObject([
      { firstSeenAt: 1, seenAt: 3, said: { status: 'offline', at: 2 }, offlineSince: 2 },
      { firstSeenAt: 3, seenAt: 3, said: { status: 'online', at: 3 }, offlineSince: undefined },
    ]);
  });

  describe('of a list of several pages', () => {
    const page = Array.from({ length: 100 }, (_, index) => githubRunner({ id: index + 2, name: `r${index}` }));
    const tellsOf = (...looks: readonly (readonly GithubRunner[])[]) => {
      using database = openDatabase(':memory:');
      const store = createGithubRunnerStore(database);
      const memory = createRunnerMemory({ store, scopes: ['o/r'] });
      const told = looks.map((look, at) => {
        const changes = memory.observe('o/r', look, at + 1);
        memory.save('o/r');
        return changes.map(({ action, runner }) => `${action} ${runner.runner.name}`);
      });
      const ofA = ({ runner }: { readonly runner: GithubRunner }): boolean => runner.name === 'a';
      return { told, known: memory.known('o/r').find(ofA), kept: store.load()[0]?.runners.find(ofA) };
    };

    it('takes back as it was a runner that one look missed', () => {
      const { told, known, kept } = tellsOf([gone(a), ...page], page, [gone(a), ...page]);
      expect(told).toEqual([[], [], []]);
      expect(known).toMatchObject({ firstSeenAt: 1, offlineSince: 1, seenAt: 3 });
      expect(kept).toMatchObject({ firstSeenAt: 1, offlineSince: 1 });
    });

    it('does not list it meanwhile, and forgets it at the second look', () => {
      const once = tellsOf([gone(a), ...page], page);
      expect([once.told.at(-1), once.known, once.kept?.offlineSince]).toEqual([[], undefined, 1]);
      const twice = tellsOf([gone(a), ...page], page, page);
      expect([twice.told.at(-1), twice.known, twice.kept]).toEqual([['runner-removed a'], undefined, undefined]);
    });

    it('forgets it at once where one page is all', () => {
      const { told, kept } = tellsOf([a, ...page], page.slice(1));
      expect([told.at(-1), kept]).toEqual([['runner-removed a', 'runner-removed r0'], undefined]);
    });

    it('calls it gone once, though the list shrinks to one page meanwhile', () => {
      const { told } = tellsOf([a, ...page], page, page.slice(1), page.slice(1));
      expect(told).toEqual([[], [], ['runner-removed a', 'runner-removed r0'], []]);
    });
  });

  it('writes later what the disk refused', () => {
    let isFull = true;
    const written: number[] = [];
    const save = ({ put }: { put: readonly unknown[] }): void => {
      if (isFull) throw new Error('disk full');
      written.push(put.length);
    };
    const memory = createRunnerMemory({ store: { load: () => [], save, drop: () => undefined }, scopes: ['o/r'] });
    memory.observe('o/r', [a], 1);
    expect(() => memory.save('o/r')).toThrow('disk full');
    isFull = false;
    memory.observe('o/r', [a], 2);
    memory.save('o/r');
    expect(written).toEqual([1]);
  });

  it('forgets scopes that are not configured any more, and those alone', () => {
    using database = openDatabase(':memory:');
    const store = createGithubRunnerStore(database);
    const memory = createRunnerMemory({ store, scopes: ['o/r', 'acme'] });
    for (const scope of ['o/r', 'acme']) {
      memory.observe(scope, [a], 1);
      memory.save(scope);
    }
    expect(createRunnerMemory({ store, scopes: ['acme'] }).known('acme')).toHaveLength(1);
    expect(store.load().map(({ scope, runners }) => [scope, runners.length])).toEqual([['acme', 1]]);
  });

  it('holds no more of a scope than GitHub lets it have, and calls none of the others new or gone', () => {
    const memory = createRunnerMemory();
    const ghosts = Array.from({ length: 10_001 }, (_, id) => githubRunner({ id, name: `g${id}`, status: 'offline' }));
    memory.observe('o/r', ghosts, 1);
    expect(memory.known('o/r')).toHaveLength(10_000);
    expect(memory.known('o/r').some(({ runner }) => runner.id === 0)).toBe(false);
    const [oldest, ...others] = ghosts;
    expect(memory.observe('o/r', [{ ...oldest, status: 'online' } as GithubRunner, ...others], 2)).toEqual([]);
  });
});

it('a disk that refuses fails the collection, not what GitHub said', async () => {
  const database = openDatabase(':memory:');
  const watch = watchRunners({ 'o/r': [a] }, { database });
  await watch.collect();
  database[Symbol.dispose]();
  watch.answers['o/r'] = [gone(a)];
  const { lines, failure } = await watch.collect();
  expect(failure).toBe('database is not open (ERR_INVALID_STATE)');
  expect(lines).toContain('github_runner_online{runner="a",scope="o/r"} 0');
  expect(watch.told()).toEqual(['runner-offline a']);
});
