import { expect, it } from 'vitest';
import { openDatabase } from '../../src/state/database.ts';
import { createGrantStore } from '../../src/state/runner-grants.ts';

const day = 86_400_000;
const start = { container: 'c1', startedAt: 1000.5 };

it('knows one start of a container from another', () => {
  using database = openDatabase(':memory:');
  const store = createGrantStore(database);
  store.grant('one', 'registration', start, 2000);
  expect(store.wasGranted(start)).toBe(true);
  expect(store.wasGranted({ ...start, startedAt: 1000.75 })).toBe(false);
  expect(store.wasGranted({ ...start, container: 'c2' })).toBe(false);
});

it('never grants a start twice', () => {
  using database = openDatabase(':memory:');
  const store = createGrantStore(database);
  store.grant('one', 'registration', start, 2000);
  expect(() => store.grant('one', 'jit', start, 3000)).toThrow(/UNIQUE/);
});

it('counts what a runner was given, and forgets what nobody asks for any more', () => {
  using database = openDatabase(':memory:');
  const store = createGrantStore(database);
  for (const at of [1000, 2000]) store.grant('one', 'kept', { container: 'c1', startedAt: at }, at);
  store.grant('two', 'kept', { container: 'c2', startedAt: 1500 }, 1500);
  expect(store.grantsSince('one', 1000)).toEqual([2000]);
  store.grant('one', 'kept', { container: 'c1', startedAt: 3000 }, 31 * day);
  expect(store.grantsSince('one', 0)).toEqual([31 * day]);
});
