import type { Queryable } from '../samples/history.ts';
import { evaluateAggregate } from './aggregate.ts';
import type { AggregateExpr, CallExpr, Expr, RangeExpr, SelectorExpr, UnaryExpr } from './ast.ts';
import { evaluateBinary } from './binary.ts';
import { functions } from './functions/index.ts';
import { dropNames, type MatrixValue, type PartValue, type Value, type VectorValue, vector } from './value.ts';

/** Prometheus' own default: how old a point may be and still stand for its series. */
const defaultLookbackMs = 300_000;

export interface Evaluation {
  readonly storage: Queryable;
  /** The time to evaluate at, ms since the epoch. */
  readonly at: number;
  readonly lookbackMs?: number;
}

/** The value at one instant, as Prometheus 3 says it. Throws a PromqlError where the data does not fit the expression. */
export function evaluate(expr: Expr, evaluation: Evaluation): Value {
  const value = evaluatePart(expr, { lookbackMs: defaultLookbackMs, ...evaluation });
  if (value.type === 'matrix') throw new TypeError('a range vector is no result');
  return value;
}

/** How far back an expression looks, in ms: what a history must keep for it. */
export function historyNeeded(expr: Expr, lookbackMs: number = defaultLookbackMs): number {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return 0;
    case 'selector':
      return Math.max(0, expr.offsetMs + lookbackMs);
    case 'range':
      return Math.max(0, expr.selector.offsetMs + expr.rangeMs);
    case 'unary':
      return historyNeeded(expr.operand, lookbackMs);
    case 'binary':
      return Math.max(historyNeeded(expr.left, lookbackMs), historyNeeded(expr.right, lookbackMs));
    case 'call':
    case 'aggregate':
      return Math.max(0, ...expr.args.map((argument) => historyNeeded(argument, lookbackMs)));
  }
}

function evaluatePart(expr: Expr, evaluation: Required<Evaluation>): PartValue {
  switch (expr.kind) {
    case 'number':
      return { type: 'scalar', value: expr.value };
    case 'string':
      return { type: 'string', value: expr.value };
    case 'selector':
      return evaluateSelector(expr, evaluation);
    case 'range':
      return evaluateRange(expr, evaluation);
    case 'unary':
      return evaluateUnary(expr, evaluatePart(expr.operand, evaluation), evaluation.at);
    case 'binary': {
      const [left, right] = [evaluatePart(expr.left, evaluation), evaluatePart(expr.right, evaluation)];
      return evaluateBinary(expr, left, right, evaluation.at);
    }
    case 'call':
      return evaluateCall(expr, evaluation);
    case 'aggregate':
      return evaluateAggregation(expr, evaluation);
  }
}

/** The newest point of every series in (at - lookback, at], unless that says that the series has ended. */
function evaluateSelector({ matchers, offsetMs }: SelectorExpr, evaluation: Required<Evaluation>): VectorValue {
  const to = evaluation.at - offsetMs;
  const found = evaluation.storage.select(matchers, to - evaluation.lookbackMs, to, 'newest');
  return vector(
    found.flatMap(({ labels, points }) => {
      const newest = points.at(-1);
      return newest && !newest.stale ? [{ labels, value: newest.v, at: newest.t }] : [];
    }),
  );
}

function evaluateRange({ selector, rangeMs }: RangeExpr, { storage, at }: Required<Evaluation>): MatrixValue {
  const to = at - selector.offsetMs;
  const from = to - rangeMs;
  const series = storage
    .select(selector.matchers, from, to, 'all')
    .map(({ labels, points }) => ({ labels, points: points.filter(({ stale }) => !stale) }))
    .filter(({ points }) => points.length > 0);
  return { type: 'matrix', series, from, to };
}

function evaluateUnary({ operator }: UnaryExpr, operand: PartValue, at: number): PartValue {
  if (operator === '+') return operand;
  if (operand.type === 'scalar') return { type: 'scalar', value: -operand.value };
  if (operand.type !== 'vector') throw new TypeError('a sign needs a scalar or a vector');
  return vector(dropNames(operand.samples).map(({ labels, value }) => ({ labels, value: -value, at })));
}

function evaluateCall(expr: CallExpr, evaluation: Required<Evaluation>): Value {
  const unit = functions.get(expr.name);
  if (!unit) throw new TypeError(`no function ${expr.name}`);
  const args = expr.args.map((argument) => evaluatePart(argument, evaluation));
  return unit.evaluate({ expr, args, at: evaluation.at });
}

function evaluateAggregation(expr: AggregateExpr, evaluation: Required<Evaluation>): VectorValue {
  const values = expr.args.map((argument) => evaluatePart(argument, evaluation));
  const operand = values.at(-1);
  const parameter = values.at(-2);
  return evaluateAggregate(expr, operand?.type === 'vector' ? operand.samples : [], parameter, evaluation.at);
}
