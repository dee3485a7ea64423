import type { Point } from '../samples/history.ts';
import type { Expr, SubqueryExpr } from './ast.ts';
import { PromqlError } from './error.ts';
import { endOf, type PointSeries, type Scope, spend, tooManySteps } from './scope.ts';
import { within } from './selectors.ts';
import { keyOf, type MatrixValue, type PartValue } from './value.ts';

type EvaluatePart = (expr: Expr, at: number, scope: Scope) => PartValue;

/** The expression's values at each step in (at - range, at], the steps being multiples of their length. */
export function evaluateSubquery(
  expr: SubqueryExpr,
  at: number,
  scope: Scope,
  evaluatePart: EvaluatePart,
): MatrixValue {
  const to = endOf(expr, at, scope);
  const from = to - expr.rangeMs;
  const known = scope.read.get(expr) ?? evaluateSteps(expr, scope, evaluatePart);
  scope.read.set(expr, known);
  return { type: 'matrix', series: within(known, from, to, scope), from, to };
}

/** All steps that the evaluations in the scope look at. */
function evaluateSteps(expr: SubqueryExpr, scope: Scope, evaluatePart: EvaluatePart): readonly PointSeries[] {
  const step = expr.stepMs ?? scope.intervalMs;
  const to = endOf(expr, scope.to, scope);
  const first = firstStep(endOf(expr, scope.from, scope) - expr.rangeMs, step);
  const count = Math.floor((to - first) / step) + 1;
  if (count < 1) return [];
  const excess = tooManySteps(count);
  if (excess !== undefined) throw new PromqlError(excess);
  const inner: Scope = { ...scope, from: first, to: first + (count - 1) * step, read: new Map() };
  const found = new Map<string, PointSeries & { readonly points: Point[] }>();
  for (let t = first; t <= to; t += step) {
    const value = evaluatePart(expr.expr, t, inner);
    if (value.type !== 'vector') throw new TypeError('a subquery needs a vector');
    spend(scope, value.samples.length);
    for (const { labels, value: v } of value.samples) {
      const key = keyOf(labels);
      const series = found.get(key);
      if (series) series.points.push({ t, v });
      else found.set(key, { labels, points: [{ t, v }] });
    }
  }
  return [...found.values()];
}

/** The first multiple of `step` after `from`. */
function firstStep(from: number, step: number): number {
  return (Math.floor(from / step) + 1) * step;
}
