import { expect, it } from 'vitest';
import { createHistogram } from '../../src/collectors/buckets.ts';
import { histogram } from '../../src/model/sample.ts';
import { linesOfSamples } from '../support/host.ts';

const metric = histogram('wait_seconds', 'How long they waited.', ['queue', 'lane']);

it('counts values into the bucket that they do not exceed', () => {
  const waits = createHistogram(metric, [1, 5]);
  for (const value of [0, 1, 1.5, 5, 6]) waits.observe({ queue: 'a', lane: 'x' }, value);
  // The order in which the labels are written makes no other series.
  waits.observe({ lane: 'x', queue: 'a' }, 1);
  expect(linesOfSamples(waits.samples())).toEqual([
    'wait_seconds_bucket{lane="x",le="+Inf",queue="a"} 6',
    'wait_seconds_bucket{lane="x",le="1.0",queue="a"} 3',
    'wait_seconds_bucket{lane="x",le="5.0",queue="a"} 5',
    'wait_seconds_count{lane="x",queue="a"} 6',
    'wait_seconds_sum{lane="x",queue="a"} 14.5',
  ]);
});

it('shows what is expected at 0, and keeps what was counted', () => {
  const waits = createHistogram(metric, []);
  waits.observe({ queue: 'a', lane: 'x' }, 2);
  for (const queue of ['a', 'b']) waits.expect({ queue, lane: 'x' });
  expect(linesOfSamples(waits.samples())).toEqual([
    'wait_seconds_bucket{lane="x",le="+Inf",queue="a"} 1',
    'wait_seconds_bucket{lane="x",le="+Inf",queue="b"} 0',
    'wait_seconds_count{lane="x",queue="a"} 1',
    'wait_seconds_count{lane="x",queue="b"} 0',
    'wait_seconds_sum{lane="x",queue="a"} 2',
    'wait_seconds_sum{lane="x",queue="b"} 0',
  ]);
});

it('takes only so many label sets, and goes on counting those', () => {
  const waits = createHistogram(metric, [], 2);
  for (const queue of ['a', 'b', 'c', 'a']) waits.observe({ queue, lane: 'x' }, 1);
  expect(linesOfSamples(waits.samples()).filter((line) => line.startsWith('wait_seconds_count'))).toEqual([
    'wait_seconds_count{lane="x",queue="a"} 2',
    'wait_seconds_count{lane="x",queue="b"} 1',
  ]);
});
