import { expect, it } from 'vitest';
import { createPool } from '../../../src/sources/ssh/pool.ts';
import { FakeClock } from '../../support/fake-clock.ts';

interface Item {
  readonly name: string;
  readonly lost: AbortController;
}

function poolUnderTest(max = 10) {
  const clock = new FakeClock();
  const ends: string[] = [];
  const pool = createPool<Item>({
    clock,
    max,
    end: ({ name }) => void ends.push(name),
    ended: ({ lost }) => lost.signal,
  });
  return { clock, ends, pool, item: (name: string): Item => ({ name, lost: new AbortController() }) };
}

it('gives back what was put, once', () => {
  const { pool, item, ends } = poolUnderTest();
  pool.put('a', item('one'), 1000);
  expect(pool.take('a')?.name).toBe('one');
  expect(pool.take('a')).toBeUndefined();
  expect(ends).toEqual([]);
});

it('ends what nobody took in time, and nothing that was taken', async () => {
  const { pool, item, ends, clock } = poolUnderTest();
  pool.put('a', item('one'), 1000);
  pool.put('b', item('two'), 1000);
  pool.take('b');
  await clock.advance(1000);
  expect(ends).toEqual(['one']);
  expect(pool.take('a')).toBeUndefined();
});

it('forgets what ended by itself', () => {
  const { pool, item, ends } = poolUnderTest();
  const one = item('one');
  pool.put('a', one, 1000);
  one.lost.abort();
  expect(pool.take('a')).toBeUndefined();
  pool.put('a', one, 1000);
  expect(pool.take('a')).toBeUndefined();
  expect(ends).toEqual(['one', 'one']);
});

it('keeps what it has where there is no room, or one of the kind already', () => {
  const { pool, item, ends } = poolUnderTest(2);
  for (const [key, name] of Object.entries({ a: 'one', b: 'two', c: 'three' })) pool.put(key, item(name), 1000);
  pool.put('a', item('four'), 1000);
  pool.put('d', item('five'), 0);
  expect(ends).toEqual(['three', 'four', 'five']);
  expect(pool.take('a')?.name).toBe('one');
});

it('ends everything when it closes, and what comes later', () => {
  const { pool, item, ends } = poolUnderTest();
  pool.put('a', item('one'), 1000);
  pool.close();
  pool.put('a', item('two'), 1000);
  expect(ends).toEqual(['one', 'two']);
});
