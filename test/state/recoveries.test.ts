import { expect, it } from 'vitest';
import { openDatabase } from '../../src/state/database.ts';
import { createRecoveryStore } from '../../src/state/recoveries.ts';

const start = { runner: 'one', container: 'c1', action: 'restart', alerts: ['A'] };

it('counts the attempts of one runner within a window', () => {
  using database = openDatabase(':memory:');
  const store = createRecoveryStore(database);
  for (const at of [1000, 2000, 3000]) store.begin(start, at);
  store.begin({ ...start, runner: 'two' }, 2500);
  expect(store.startsSince(1000, 'one')).toEqual([2000, 3000]);
  expect(store.startsSince(0, 'two')).toEqual([2500]);
  expect(store.startsSince(2000)).toEqual([3000, 2500]);
});

it('closes what an earlier process left open, and keeps it in the budget', () => {
  using database = openDatabase(':memory:');
  const store = createRecoveryStore(database);
  store.begin(start, 1000);
  store.finish(store.begin(start, 2000), 'succeeded', 2500);
  const open = store.begin(start, 3000);
  expect(store.closeInterrupted(4000)).toBe(2);
  expect(store.closeInterrupted(5000)).toBe(0);
  expect(store.startsSince(0, 'one')).toEqual([1000, 2000, 3000]);
  const outcomes = database.all('SELECT id, outcome, ended_at FROM recovery ORDER BY id');
  expect(outcomes.at(-1)).toEqual({ id: open, outcome: 'interrupted', ended_at: 4000 });
});

it('forgets what no budget can ask for any more', () => {
  using database = openDatabase(':memory:');
  const store = createRecoveryStore(database);
  store.begin(start, 1000);
  store.begin(start, 1000 + 31 * 86_400_000);
  expect(database.all('SELECT id FROM recovery')).toHaveLength(1);
});

it('moves with the wall clock, and puts what lies ahead of it to now', () => {
  using database = openDatabase(':memory:');
  const store = createRecoveryStore(database);
  for (const at of [1000, 2000]) store.begin(start, at);
  store.shift(-500);
  expect(store.startsSince(0, 'one')).toEqual([500, 1500]);
  store.bound(1200);
  expect(store.startsSince(0, 'one')).toEqual([500, 1200]);
});
