import type { Queryable } from '../samples/history.ts';
import { evaluateAggregate, refuseAggregate } from './aggregate.ts';
import { type Annotations, createAnnotations } from './annotations.ts';
import type { AggregateExpr, CallExpr, Expr, UnaryExpr } from './ast.ts';
import { evaluateBinary } from './binary.ts';
import { functions } from './functions/index.ts';
import { refuseRenamed, refuseRenamedBy } from './renamed.ts';
import { maxSamples, type Scope } from './scope.ts';
import { evaluateRange, evaluateSelector } from './selectors.ts';
import { evaluateSubquery } from './subquery.ts';
import { dropNames, type PartValue, type Value, type VectorValue, vector } from './value.ts';

/** Prometheus' own default: how old a point may be and still stand for its series. */
const defaultLookbackMs = 300_000;
/** Prometheus' own default for `global.evaluation_interval`. */
const defaultIntervalMs = 60_000;

export interface Evaluation {
  readonly storage: Queryable;
  /** The time to evaluate at, ms since the epoch. */
  readonly at: number;
  readonly lookbackMs?: number;
  /** The step of a subquery that names none: the rules' evaluation interval. */
  readonly intervalMs?: number;
  /** Takes the warnings and infos. */
  readonly annotations?: Annotations;
}

/** The value at one instant, as Prometheus 3 says it. Throws a PromqlError where the data does not fit the expression. */
export function evaluate(expr: Expr, { storage, at, lookbackMs, intervalMs, annotations }: Evaluation): Value {
  const value = evaluatePart(expr, at, {
    storage,
    lookbackMs: lookbackMs ?? defaultLookbackMs,
    intervalMs: intervalMs ?? defaultIntervalMs,
    queryAt: at,
    annotations: annotations ?? createAnnotations(),
    from: at,
    to: at,
    read: new Map(),
    named: new Map(),
    budget: { samples: maxSamples },
  });
  if (value.type === 'matrix') throw new TypeError('a range vector is no result');
  return value;
}

function evaluatePart(expr: Expr, at: number, scope: Scope): PartValue {
  switch (expr.kind) {
    case 'number':
      return { type: 'scalar', value: expr.value };
    case 'string':
      return { type: 'string', value: expr.value };
    case 'selector':
      return evaluateSelector(expr, at, scope);
    case 'range':
      return evaluateRange(expr, at, scope);
    case 'subquery':
      return evaluateSubquery(expr, at, scope, evaluatePart);
    case 'unary':
      return evaluateUnary(expr, at, scope);
    case 'binary': {
      const [left, right] = [evaluatePart(expr.left, at, scope), evaluatePart(expr.right, at, scope)];
      return evaluateBinary(expr, left, right, at);
    }
    case 'call':
      return evaluateCall(expr, at, scope);
    case 'aggregate':
      return evaluateAggregation(expr, at, scope);
  }
}

function evaluateUnary(expr: UnaryExpr, at: number, scope: Scope): PartValue {
  const operand = evaluatePart(expr.operand, at, scope);
  if (expr.operator === '+') return operand;
  if (operand.type === 'scalar') return { type: 'scalar', value: -operand.value };
  if (operand.type !== 'vector') throw new TypeError('a sign needs a scalar or a vector');
  const samples = dropNames(operand.samples).map(({ labels, value }) => ({ labels, value: -value, at }));
  refuseRenamed(expr, operand.samples, samples, scope);
  return vector(samples);
}

function evaluateCall(expr: CallExpr, at: number, scope: Scope): Value {
  const unit = functions.get(expr.name);
  if (!unit) throw new TypeError(`no function ${expr.name}`);
  unit.refuse?.(expr);
  const args = expr.args.map((argument) => evaluatePart(argument, at, scope));
  const value = unit.evaluate({ expr, args, at, annotations: scope.annotations });
  refuseRenamedBy(expr, args, value, scope);
  return value;
}

function evaluateAggregation(expr: AggregateExpr, at: number, scope: Scope): VectorValue {
  refuseAggregate(expr);
  const values = expr.args.map((argument) => evaluatePart(argument, at, scope));
  const operand = values.at(-1);
  const samples = operand?.type === 'vector' ? operand.samples : [];
  return evaluateAggregate(expr, samples, { parameter: values.at(-2), at, annotations: scope.annotations });
}
