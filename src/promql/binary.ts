import type { BinaryExpr, BinaryOperator, SetOperator } from './ast.ts';
import { evaluateMatched } from './matching.ts';
import { applyOperator, isComparison, isSetOperator } from './operators.ts';
import { evaluateSet } from './set.ts';
import { dropNames, type PartValue, type Value, type VectorSample, vector } from './value.ts';

type Pairwise = Exclude<BinaryOperator, SetOperator>;

export function evaluateBinary(expr: BinaryExpr, left: PartValue, right: PartValue, at: number): Value {
  const { operator, bool, matching } = expr;
  if (left.type === 'vector' && right.type === 'vector') {
    if (isSetOperator(operator)) return vector(evaluateSet(operator, matching, left.samples, right.samples));
    return vector(evaluateMatched({ operator, bool, matching }, left.samples, right.samples, at));
  }
  // The checker lets set operators and other types through to nobody.
  if (isSetOperator(operator)) throw new TypeError(`${operator} needs two vectors`);
  if (left.type === 'vector' && right.type === 'scalar') {
    return vector(withScalar(operator, bool, left.samples, at, (value) => [value, right.value]));
  }
  if (left.type === 'scalar' && right.type === 'vector') {
    return vector(withScalar(operator, bool, right.samples, at, (value) => [left.value, value]));
  }
  if (left.type !== 'scalar' || right.type !== 'scalar') throw new TypeError(`${operator} needs scalars or vectors`);
  return { type: 'scalar', value: applyOperator(operator, bool, left.value, right.value) ?? Number.NaN };
}

function withScalar(
  operator: Pairwise,
  bool: boolean,
  samples: readonly VectorSample[],
  at: number,
  sides: (value: number) => [number, number],
): readonly VectorSample[] {
  const isFilter = isComparison(operator) && !bool;
  const results = samples.flatMap(({ labels, value }) => {
    const result = applyOperator(operator, bool, ...sides(value));
    if (result === undefined) return [];
    // A filter passes the vector's element on whichever side it stands.
    return [{ labels, value: isFilter ? value : result, at }];
  });
  return isFilter ? results : dropNames(results);
}
