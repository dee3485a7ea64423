import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { KeptHold } from '../../src/model/github.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createGithubHoldStore } from '../../src/state/github-holds.ts';
import { temporaryFolder } from '../support/processes.ts';

const hold: KeptHold = { account: 'a', resource: 'core', until: 2000, why: 'used up' };

it('limits are there after the file was opened again: of the account that is asked for, until they end', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'runnerwatch.db');
  const before = openDatabase(path);
  const store = createGithubHoldStore(before);
  store.save({ ...hold, until: 1500 }, 1000);
  store.save(hold, 1000);
  store.save({ ...hold, resource: '*', until: 3000.4, why: 'too often' }, 1000);
  store.save({ ...hold, account: 'b' }, 1000);
  before[Symbol.dispose]();
  using after = openDatabase(path);
  const again = createGithubHoldStore(after);
  expect(again.load('a', 1999)).toEqual([{ ...hold, resource: '*', until: 3000, why: 'too often' }, hold]);
  expect(again.load('a', 2000).map(({ resource }) => resource)).toEqual(['*']);
  expect(again.load('c', 0)).toEqual([]);
});

it('limits that ended leave the disk when another comes', () => {
  using database = openDatabase(':memory:');
  const store = createGithubHoldStore(database);
  store.save(hold, 1000);
  store.save({ ...hold, account: 'b', until: 9000 }, 2000);
  expect(database.all('SELECT account FROM github_hold')).toEqual([{ account: 'b' }]);
});
