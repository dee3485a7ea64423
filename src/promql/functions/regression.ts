import type { Point } from '../../samples/history.ts';
import { sum } from '../statistics.ts';
import { dropNames, type Value, vector } from '../value.ts';
import { type Call, matrixOf, type PromqlFunction, scalarOf } from './function.ts';

interface Line {
  /** Per second. */
  readonly slope: number;
  /** The value at the time that was asked for. */
  readonly intercept: number;
}

/** Least squares with compensated sums; points of one value alone lie on a line without rounding. */
function lineThrough(points: readonly Point[], at: number): Line {
  const [first] = points;
  if (first && points.every(({ v }) => v === first.v)) {
    return Number.isFinite(first.v) ? { slope: 0, intercept: first.v } : { slope: Number.NaN, intercept: Number.NaN };
  }
  const count = points.length;
  const xs = points.map(({ t }) => (t - at) / 1000);
  const total = (value: (x: number, y: number) => number): number =>
    sum(points.map(({ v }, index) => value(xs[index] ?? Number.NaN, v)));
  const [sumX, sumY] = [total((x) => x), total((_, y) => y)];
  const covariance = total((x, y) => x * y) - (sumX * sumY) / count;
  const spread = total((x) => x * x) - (sumX * sumX) / count;
  const slope = covariance / spread;
  return { slope, intercept: sumY / count - (slope * sumX) / count };
}

/** Series with two points at least. */
function fitted(call: Call, measure: (points: readonly Point[]) => number): Value {
  const series = matrixOf(call, 0).filter(({ points }) => points.length >= 2);
  return vector(dropNames(series.map(({ labels, points }) => ({ labels, value: measure(points), at: call.at }))));
}

export const regressionFunctions: readonly PromqlFunction[] = [
  {
    name: 'deriv',
    args: ['matrix'],
    result: 'vector',
    // A time near the points keeps the digits.
    evaluate: (call) => fitted(call, (points) => lineThrough(points, points[0]?.t ?? call.at).slope),
  },
  {
    name: 'predict_linear',
    args: ['matrix', 'scalar'],
    result: 'vector',
    evaluate(call) {
      const ahead = scalarOf(call, 1, Number.NaN);
      return fitted(call, (points) => {
        const { slope, intercept } = lineThrough(points, call.at);
        return slope * ahead + intercept;
      });
    },
  },
];
