import { warnOfQuantile } from '../annotations.ts';
import { compensatedVariance, maximum, mean, minimum, quantile, sum } from '../statistics.ts';
import { dropNames, vector } from '../value.ts';
import { type Call, matrixOf, type PromqlFunction, scalarOf, spanOfArgument } from './function.ts';

type Summary = (values: readonly number[]) => number;

function summarize(call: Call, matrixAt: number, summary: Summary) {
  return matrixOf(call, matrixAt).map(({ labels, points }) => ({
    labels,
    value: summary(points.map(({ v }) => v)),
    at: call.at,
  }));
}

function overTime(name: string, summary: Summary): PromqlFunction {
  return {
    name,
    args: ['matrix'],
    result: 'vector',
    evaluate: (call) => vector(dropNames(summarize(call, 0, summary))),
  };
}

function countPairs(values: readonly number[], counts: (now: number, before: number) => boolean): number {
  return values.filter((now, index) => index > 0 && counts(now, values[index - 1] ?? now)).length;
}

function isChange(now: number, before: number): boolean {
  return now !== before && !(Number.isNaN(now) && Number.isNaN(before));
}

function lastOf(values: readonly number[]): number {
  return values.at(-1) ?? Number.NaN;
}

export const overTimeFunctions: readonly PromqlFunction[] = [
  overTime('avg_over_time', mean),
  overTime('min_over_time', minimum),
  overTime('max_over_time', maximum),
  overTime('sum_over_time', sum),
  overTime('count_over_time', (values) => values.length),
  overTime('present_over_time', () => 1),
  overTime('stddev_over_time', (values) => Math.sqrt(compensatedVariance(values))),
  overTime('stdvar_over_time', compensatedVariance),
  overTime('changes', (values) => countPairs(values, isChange)),
  overTime('resets', (values) => countPairs(values, (now, before) => now < before)),
  {
    // The one summary that is a point of the series itself, so it keeps the name.
    name: 'last_over_time',
    args: ['matrix'],
    result: 'vector',
    evaluate: (call) => vector(summarize(call, 0, lastOf)),
  },
  {
    name: 'quantile_over_time',
    args: ['scalar', 'matrix'],
    result: 'vector',
    evaluate(call) {
      const q = scalarOf(call, 0, Number.NaN);
      if (matrixOf(call, 1).length > 0) warnOfQuantile(call.annotations, q, spanOfArgument(call, 0));
      return vector(dropNames(summarize(call, 1, (values) => quantile(q, values))));
    },
  },
];
