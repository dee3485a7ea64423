import fc from 'fast-check';
import { expressions } from './corpus.ts';
import type { TestSeries } from './load.ts';

/** The same numbers on every run, so that a disagreement can be looked at. */
const seed = 20_261_123;
const count = 40;

const step = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 50 }) },
  { weight: 2, arbitrary: fc.double({ min: -5, max: 5, noNaN: true }) },
  { weight: 3, arbitrary: fc.constant('_' as const) },
  { weight: 1, arbitrary: fc.constant('stale' as const) },
  { weight: 1, arbitrary: fc.constant('reset' as const) },
);

/** Walks that rise like counters, with resets, dips, gaps and ends. */
export const randomSeries: readonly TestSeries[] = fc
  .sample(fc.array(step, { minLength: 5, maxLength: 90 }), { seed, numRuns: count })
  .map((steps, index) => ({
    labels: { __name__: 'walk', id: `${index}`, third: `${index % 3}` },
    values: walk(steps),
  }));

function walk(steps: readonly (number | '_' | 'stale' | 'reset')[]): TestSeries['values'] {
  let value = 0;
  return steps.map((step) => {
    if (step === '_' || step === 'stale') return step;
    value = step === 'reset' ? 0 : value + step;
    return value;
  });
}

const overRange = [
  'rate',
  'increase',
  'delta',
  'irate',
  'idelta',
  'changes',
  'resets',
  'avg_over_time',
  'last_over_time',
];
const spread = ['stddev_over_time', 'sum_over_time', 'min_over_time', 'max_over_time', 'count_over_time'];
const ranges = fc.sample(fc.integer({ min: 1, max: 900 }), { seed, numRuns: 6 });
const offsets = fc.sample(fc.integer({ min: -60, max: 600 }), { seed, numRuns: 6 });

export const randomExpressions: readonly string[] = [
  ...[...overRange, ...spread].flatMap((name) =>
    ranges.map((range, index) => `${name}(walk[${range}s] offset ${offsets[index] ?? 0}s)`),
  ),
  ...offsets.map((offset) => `walk offset ${offset}s`),
  ...['sum', 'avg', 'stddev', 'max', 'quantile'].map((name) =>
    name === 'quantile' ? 'quantile by (third) (0.7, walk)' : `${name} by (third) (walk)`,
  ),
];

const joints = fc.constantFrom(
  ...[' + ', ' ^ ', ' % ', ' == ', ' >= bool ', ' and ', ' or ', ' unless ', ' atan2 ', ' * on(room) '],
  ...[' > ignoring(room) ', ' / on(floor) group_right(room) ', ' - ignoring(room) group_left() ', ' and on(floor) '],
);
// Of equal values topk takes the one that comes first, and the stores differ in their order; promtool has not loaded
// yet what lies behind the time of its tests.
const anyOf = fc.constantFrom(...expressions.filter((text) => !/topk|bottomk|offset -|#/.test(text)));

/** Pairs of the table's expressions under any operator: most are sound, some fail on the data. */
export const randomPairs: readonly string[] = fc
  .sample(fc.tuple(anyOf, joints, anyOf), { seed, numRuns: 600 })
  .map((parts) => parts.join(''));
