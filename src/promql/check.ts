import { aggregations } from './aggregate.ts';
import type { AggregateExpr, BinaryExpr, CallExpr, Expr, SubqueryExpr, UnaryExpr, ValueType } from './ast.ts';
import { errorAt, type PromqlError } from './error.ts';
import { functions } from './functions/index.ts';
import { missingAggregation, missingFunction } from './left-out.ts';
import { isComparison, isSetOperator } from './operators.ts';
import { tooManySteps } from './scope.ts';

const spoken: Readonly<Record<ValueType, string>> = {
  scalar: 'a scalar',
  vector: 'an instant vector',
  matrix: 'a range vector',
  string: 'a string',
};

/** The type of an expression that has passed `check`. */
function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
    case 'aggregate':
      return 'vector';
    case 'range':
    case 'subquery':
      return 'matrix';
    case 'unary':
      return typeOf(expr.operand);
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
    case 'call':
      return functions.get(expr.name)?.result ?? 'vector';
  }
}

/** Throws a PromqlError for the first part whose types do not fit. A range vector alone is no result. */
export function check(text: string, expr: Expr): void {
  checkPart(text, expr);
  if (typeOf(expr) === 'matrix') {
    throw errorAt(text, expr.span, 'a range vector needs a function around it, such as rate or max_over_time');
  }
}

function checkPart(text: string, expr: Expr): void {
  const fail = (message: string): PromqlError => errorAt(text, expr.span, message);
  switch (expr.kind) {
    case 'unary':
      checkPart(text, expr.operand);
      checkSign(expr, fail);
      return;
    case 'subquery':
      checkPart(text, expr.expr);
      checkSubquery(expr, fail);
      return;
    case 'binary':
      checkPart(text, expr.left);
      checkPart(text, expr.right);
      checkBinary(expr, fail);
      return;
    case 'call':
      checkCall(expr, fail);
      for (const argument of expr.args) checkPart(text, argument);
      checkArguments(text, `the function ${expr.name}`, expr.args, argumentTypes(expr));
      return;
    case 'aggregate':
      for (const argument of expr.args) checkPart(text, argument);
      checkAggregate(text, expr, fail);
      return;
    default:
  }
}

type Fail = (message: string) => PromqlError;

function checkSign({ operator, operand }: UnaryExpr, fail: Fail): void {
  const type = typeOf(operand);
  if (type === 'scalar' || type === 'vector') return;
  throw fail(`the sign ${operator} needs a scalar or an instant vector, got ${spoken[type]}`);
}

function checkSubquery({ expr, rangeMs, stepMs }: SubqueryExpr, fail: Fail): void {
  if (typeOf(expr) !== 'vector') throw fail(`a subquery needs an instant vector, got ${spoken[typeOf(expr)]}`);
  const excess = tooManySteps(Math.floor(rangeMs / (stepMs ?? rangeMs)));
  if (excess !== undefined) throw fail(excess);
}

/** One type per argument; the last of a function that takes any number of them repeats. */
function argumentTypes({ name, args }: CallExpr): readonly ValueType[] {
  const unit = functions.get(name);
  const types = unit?.args ?? [];
  return args.flatMap((_, index) => types[index] ?? (unit?.repeats ? types.slice(-1) : []));
}

function checkBinary(expr: BinaryExpr, fail: Fail): void {
  const { operator, bool, matching, left, right } = expr;
  const types = [typeOf(left), typeOf(right)];
  const wrong = types.find((type) => type !== 'scalar' && type !== 'vector');
  if (wrong) throw fail(`the operator ${operator} needs scalars or instant vectors, got ${spoken[wrong]}`);
  if (bool && !isComparison(operator)) throw fail('the modifier bool is for comparisons only');
  if (types.includes('scalar')) checkWithScalar(expr, types, fail);
  if (isSetOperator(operator) && matching.cardinality !== 'one-to-one') {
    throw fail(`group_left and group_right do not go with the operator ${operator}`);
  }
  const twice = matching.on ? matching.include.find((label) => matching.labels.includes(label)) : undefined;
  if (twice !== undefined) throw fail(`the label ${twice} must not stand in on and in group at once`);
}

/** What two vectors may have and a scalar may not. */
function checkWithScalar({ operator, bool, matching }: BinaryExpr, types: readonly ValueType[], fail: Fail): void {
  if (isSetOperator(operator)) throw fail(`the operator ${operator} needs an instant vector on both sides`);
  if (matching.on || matching.labels.length > 0) throw fail('on and ignoring need an instant vector on both sides');
  if (!types.includes('vector') && isComparison(operator) && !bool) {
    throw fail('a comparison between scalars needs the modifier bool');
  }
}

function checkCall({ name, args }: CallExpr, fail: Fail): void {
  const unit = functions.get(name);
  if (!unit) throw fail(missingFunction(name));
  const most = unit.args.length;
  const least = most - (unit.repeats ? 1 : (unit.optional ?? 0));
  if (args.length >= least && (args.length <= most || unit.repeats)) return;
  const range = unit.repeats ? `at least ${least}` : `${least} to ${most}`;
  const expected = least === most ? `${most}` : range;
  throw fail(`the function ${name} expects ${expected} ${most === 1 ? 'argument' : 'arguments'}, got ${args.length}`);
}

function checkAggregate(text: string, { operator, args }: AggregateExpr, fail: Fail): void {
  const unit = aggregations.get(operator);
  if (!unit) throw fail(missingAggregation(operator));
  const types: readonly ValueType[] = unit.parameter ? [unit.parameter, 'vector'] : ['vector'];
  if (args.length !== types.length) {
    const noun = types.length === 1 ? 'argument' : 'arguments';
    throw fail(`the aggregation ${operator} expects ${types.length} ${noun}, got ${args.length}`);
  }
  checkArguments(text, `the aggregation ${operator}`, args, types);
}

function checkArguments(text: string, who: string, args: readonly Expr[], types: readonly ValueType[]): void {
  args.forEach((argument, index) => {
    const [expected, found] = [types[index], typeOf(argument)];
    if (expected === undefined || expected === found) return;
    throw errorAt(text, argument.span, `${who} expects ${spoken[expected]}, got ${spoken[found]}`);
  });
}
