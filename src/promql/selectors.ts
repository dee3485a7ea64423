import type { RangeExpr, SelectorExpr } from './ast.ts';
import { between, endOf, indexAfter, type PointSeries, type Scope, spend } from './scope.ts';
import { type MatrixValue, type VectorValue, vector } from './value.ts';

/** The newest point of every series in (at - lookback, at], unless that says that the series has ended. */
export function evaluateSelector(expr: SelectorExpr, at: number, scope: Scope): VectorValue {
  const to = endOf(expr, at, scope);
  const from = to - scope.lookbackMs;
  const isSingle = scope.from === scope.to;
  const found = isSingle ? scope.storage.select(expr.matchers, from, to, 'newest') : seriesOf(expr, 0, scope);
  const samples = found.flatMap(({ labels, points }) => {
    const newest = isSingle ? points.at(-1) : points[indexAfter(points, to) - 1];
    return newest && newest.t > from && !newest.stale ? [{ labels, value: newest.v, at: newest.t }] : [];
  });
  spend(scope, samples.length);
  return vector(samples);
}

export function evaluateRange({ selector, rangeMs }: RangeExpr, at: number, scope: Scope): MatrixValue {
  const to = endOf(selector, at, scope);
  const from = to - rangeMs;
  return { type: 'matrix', series: within(seriesOf(selector, rangeMs, scope), from, to, scope), from, to };
}

/** What of the series is in (from, to]; those without a point there are left out. */
export function within(series: readonly PointSeries[], from: number, to: number, scope: Scope): readonly PointSeries[] {
  return series.flatMap(({ labels, points }) => {
    const inside = between(points, from, to);
    spend(scope, inside.length);
    return inside.length > 0 ? [{ labels, points: inside }] : [];
  });
}

/** Everything that the selector's evaluations in the scope look at: for a range without the staleness markers. */
function seriesOf(selector: SelectorExpr, rangeMs: number, scope: Scope): readonly PointSeries[] {
  const known = scope.read.get(selector);
  if (known) return known;
  const from = endOf(selector, scope.from, scope) - (rangeMs || scope.lookbackMs);
  const to = endOf(selector, scope.to, scope);
  const stored = scope.storage.select(selector.matchers, from, to, 'all');
  const series = rangeMs === 0 ? stored : stored.map(withoutMarkers);
  scope.read.set(selector, series);
  return series;
}

function withoutMarkers({ labels, points }: PointSeries): PointSeries {
  return { labels, points: points.some(({ stale }) => stale) ? points.filter(({ stale }) => !stale) : points };
}
