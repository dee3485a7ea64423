import { expect, it } from 'vitest';
import { createHistogram } from '../../src/collectors/buckets.ts';
import { histogram } from '../../src/model/sample.ts';
import { evaluate } from '../../src/promql/evaluate.ts';
import { parseExpr } from '../../src/promql/parse.ts';
import { createHistory, toSeries } from '../../src/samples/history.ts';
import { createLatest } from '../../src/samples/latest.ts';

const waits = histogram('door_wait_seconds', 'How long somebody waited at the door.', ['room']);
const minute = 60_000;

it('is seen by the embedded rules as Prometheus would see it', () => {
  const doors = createHistogram(waits, [1, 10]);
  const latest = createLatest();
  const storage = createHistory({ retentionMs: 10 * minute, maxSeries: 100, maxPoints: 1000 });
  doors.expect({ room: 'a' });
  for (const [at, seconds] of [0.5, 4, 40].entries()) {
    latest.replace('doors', doors.samples());
    storage.append('scrape', at * minute, toSeries(latest.all(), { job: 'j', instance: 'i' }));
    doors.observe({ room: 'a' }, seconds);
  }
  latest.replace('doors', doors.samples());
  storage.append('scrape', 3 * minute, toSeries(latest.all(), { job: 'j', instance: 'i' }));

  function valuesOf(text: string): readonly (readonly [string | undefined, number])[] {
    const value = evaluate(parseExpr(text), { storage, at: 3 * minute });
    if (value.type !== 'vector') throw new Error(`found ${value.type}`);
    return value.samples.map(({ labels, value: number }) => [labels.le, number] as const);
  }
  expect(valuesOf('door_wait_seconds_bucket{room="a"}')).toEqual([
    ['1.0', 1],
    ['10.0', 2],
    ['+Inf', 3],
  ]);
  const mean = 'increase(door_wait_seconds_sum[4m]) / increase(door_wait_seconds_count[4m])';
  expect(valuesOf(mean)).toEqual([[undefined, expect.closeTo(44.5 / 3, 9)]]);
});
