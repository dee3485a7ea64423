import type { Point } from '../../samples/history.ts';
import { dropNames, type MatrixValue, type Value, vector } from '../value.ts';
import { argument, type Call, matrixOf, type PromqlFunction, spanOfArgument } from './function.ts';

type Window = Pick<MatrixValue, 'from' | 'to'>;

interface Kind {
  readonly isCounter: boolean;
  readonly perSecond: boolean;
}

/** The change between the first and the last point; a counter's drops are resets, so what was there before is added. */
function changeOf(points: readonly Point[], isCounter: boolean): number {
  const change = last(points).v - first(points).v;
  if (!isCounter) return change;
  return points.reduce((sum, { v }, index) => {
    const before = points[index - 1]?.v ?? v;
    return v < before ? sum + before : sum;
  }, change);
}

/**
 * Prometheus' extrapolation: the points rarely lie on the window's edges, so the change is stretched to the edge, or by
 * half an average interval where the edge is more than 1.1 of them away (the series began or ended inside of the
 * window). A counter is not stretched to before it was 0.
 */
function extrapolated(points: readonly Point[], { from, to }: Window, kind: Kind): number {
  const change = changeOf(points, kind.isCounter);
  const sampled = (last(points).t - first(points).t) / 1000;
  const average = sampled / (points.length - 1);
  const near = (gap: number): number => (gap >= average * 1.1 ? average / 2 : gap);
  const toStart = near((first(points).t - from) / 1000);
  const toEnd = near((to - last(points).t) / 1000);
  const isRising = kind.isCounter && change > 0 && first(points).v >= 0;
  const toZero = isRising ? sampled * (first(points).v / change) : toStart;
  const factor = (sampled + Math.min(toStart, toZero) + toEnd) / sampled;
  return change * (kind.perSecond ? factor / ((to - from) / 1000) : factor);
}

/** The last two points only. */
function instant(points: readonly Point[], { perSecond, isCounter }: Kind): number {
  const [before, now] = [points.at(-2) ?? last(points), last(points)];
  const change = isCounter && now.v < before.v ? now.v : now.v - before.v;
  return perSecond ? change / ((now.t - before.t) / 1000) : change;
}

function first(points: readonly Point[]): Point {
  return points[0] ?? { t: Number.NaN, v: Number.NaN };
}

function last(points: readonly Point[]): Point {
  return points.at(-1) ?? { t: Number.NaN, v: Number.NaN };
}

type Measure = (points: readonly Point[], window: Window) => number;

function between(call: Call, measure: Measure) {
  const window = argument(call, 0, 'matrix');
  const moving = (window?.series ?? []).filter(({ points }) => points.length >= 2);
  const samples = moving.map(({ labels, points }) => ({
    labels,
    value: window ? measure(points, window) : Number.NaN,
    at: call.at,
  }));
  return vector(dropNames(samples));
}

function overPoints(name: string, measure: Measure): PromqlFunction {
  return { name, args: ['matrix'], result: 'vector', evaluate: (call) => between(call, measure) };
}

function extrapolating(name: string, kind: Kind): PromqlFunction {
  const unit = overPoints(name, (points, window) => extrapolated(points, window, kind));
  return kind.isCounter ? { ...unit, evaluate: (call) => informed(call, unit.evaluate(call)) } : unit;
}

const counterSuffix = /_(?:total|sum|count|bucket)$/;

/** Says which of the series that have a result are named as no counter is. */
function informed(call: Call, value: Value): Value {
  const moving = matrixOf(call, 0).filter(({ points }) => points.length >= 2);
  for (const name of new Set(moving.map(({ labels }) => labels.__name__))) {
    if (name === undefined || counterSuffix.test(name)) continue;
    const message = 'metric might not be a counter, name does not end in _total/_sum/_count/_bucket';
    call.annotations.inform(`${message}: ${JSON.stringify(name)}`, spanOfArgument(call, 0));
  }
  return value;
}

export const rateFunctions: readonly PromqlFunction[] = [
  extrapolating('rate', { isCounter: true, perSecond: true }),
  extrapolating('increase', { isCounter: true, perSecond: false }),
  extrapolating('delta', { isCounter: false, perSecond: false }),
  overPoints('irate', (points) => instant(points, { isCounter: true, perSecond: true })),
  overPoints('idelta', (points) => instant(points, { isCounter: false, perSecond: false })),
];
