import type { Labels } from '../model/labels.ts';
import type { Point, Queryable } from '../samples/history.ts';
import type { Annotations } from './annotations.ts';
import type { Expr, Shift } from './ast.ts';
import { PromqlError } from './error.ts';

/** Points of a series in time, without staleness markers where it is a range vector's. */
export interface PointSeries {
  readonly labels: Labels;
  readonly points: readonly Point[];
}

/**
 * The instants that an expression is evaluated at: one, or the steps of the subquery around it. What is read from the
 * storage is read once for all of them.
 */
export interface Scope {
  readonly storage: Queryable;
  readonly lookbackMs: number;
  /** A subquery's step where it names none. */
  readonly intervalMs: number;
  /** The time of the whole query: `start()` and `end()`. */
  readonly queryAt: number;
  readonly annotations: Annotations;
  readonly from: number;
  readonly to: number;
  /** Per selector and subquery, what it has between `from` and `to`. */
  readonly read: Map<Expr, readonly PointSeries[]>;
  /** Per expression that changes labels, the label set that was behind each one of its own. */
  readonly named: Map<Expr, Map<string, string>>;
  readonly budget: Budget;
}

/** How much one evaluation may still do. */
export interface Budget {
  samples: number;
}

/** Prometheus takes 50 million in memory; here all that are looked at count, and one process does it all. */
export const maxSamples = 10_000_000;
/** Prometheus bounds the samples alone; a week in steps of 10 s is still within this. */
const maxSteps = 100_000;

/** Why a subquery of so many steps is refused; undefined where it is not. */
export function tooManySteps(count: number): string | undefined {
  if (count <= maxSteps) return undefined;
  return `a subquery of ${count} steps is more than the ${maxSteps} that are allowed; shorten its range or lengthen its step`;
}

export function spend({ budget }: Scope, samples: number): void {
  budget.samples -= samples;
  if (budget.samples >= 0) return;
  throw new PromqlError(
    `query processing would load too many samples: more than ${maxSamples} in one evaluation; select fewer series, a ` +
      'shorter range or a longer step',
  );
}

/** The time that a selector or a subquery ends at, for an evaluation at `at`. */
export function endOf(shift: Shift, at: number, { queryAt }: Pick<Scope, 'queryAt'>): number {
  const { at: fixed, offsetMs } = shift;
  if (fixed === undefined) return at - offsetMs;
  return (typeof fixed === 'number' ? fixed : queryAt) - offsetMs;
}

/** The points in (from, to]. */
export function between(points: readonly Point[], from: number, to: number): readonly Point[] {
  const [first, last] = [indexAfter(points, from), indexAfter(points, to)];
  return first === 0 && last === points.length ? points : points.slice(first, last);
}

/** The index of the first point that is later than `t`. */
export function indexAfter(points: readonly Point[], t: number): number {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((points[middle]?.t ?? t) <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}
