import { expect, it } from 'vitest';
import { createChunkPool } from '../../src/samples/chunks.ts';
import { Ring } from '../../src/samples/ring.ts';
import type { Point } from '../../src/samples/series.ts';

/** Counts what is out of the pool. */
function countedPool() {
  const pool = createChunkPool();
  const out = new Set<number>();
  return {
    out,
    pool: {
      ...pool,
      take() {
        const chunk = pool.take();
        expect(out.has(chunk)).toBe(false);
        out.add(chunk);
        return chunk;
      },
      give(chunk: number) {
        expect(out.delete(chunk)).toBe(true);
        pool.give(chunk);
      },
    },
  };
}

/** The same numbers in each run: a linear congruential generator. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

interface Pair {
  readonly ring: Ring;
  readonly list: Point[];
}

/** One random change of both; more points in the first half of each thousand steps than in the second. */
function change({ ring, list }: Pair, next: (below: number) => number, { step, t }: { step: number; t: number }): void {
  if (next(10) < (step % 1000 < 600 ? 7 : 3)) {
    const point = { t, v: next(1000) / 7, ...(next(20) === 0 ? { stale: true as const } : {}) };
    ring.push(point.t, point.v, 'stale' in point);
    list.push(point);
  } else if (next(3) === 0) {
    const until = (list[0]?.t ?? 0) + next(40);
    const dropped = list.filter((point) => point.t <= until).length;
    expect(ring.dropUntil(until)).toBe(dropped);
    list.splice(0, dropped);
  } else {
    ring.dropOldest();
    list.shift();
  }
}

it.each([1, 2, 3, 4, 5])('holds what a list would, beside another ring (seed %i)', (seed) => {
  const [next, { pool, out }] = [numbers(seed), countedPool()];
  const [one, other]: [Pair, Pair] = [
    { ring: new Ring(pool), list: [] },
    { ring: new Ring(pool), list: [] },
  ];
  let most = 0;
  for (let step = 0; step < 5000; step++) {
    const pair = next(2) === 0 ? one : other;
    change(pair, next, { step, t: step });
    const { ring, list } = pair;
    most = Math.max(most, list.length);
    const [from, to] = [step - next(200), step - next(100)];
    const within = list.filter(({ t }) => t > from && t <= to);
    expect(ring.read(from, to, false)).toEqual(within);
    expect(ring.read(from, to, true)).toEqual(within.slice(-1));
    expect([ring.size, ring.newest]).toEqual([list.length, list.at(-1)?.t ?? Number.NEGATIVE_INFINITY]);
    // A begun chunk at each end of a ring, and a spare one.
    expect(out.size).toBeLessThanOrEqual((one.list.length + other.list.length) / 8 + 2 * 3);
  }
  expect(most).toBeGreaterThan(50);
  for (const { ring } of [one, other]) ring.dropUntil(Number.POSITIVE_INFINITY);
  expect(out.size).toBe(0);
});
