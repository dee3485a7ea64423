import type { ArithmeticOperator, BinaryOperator, ComparisonOperator, SetOperator } from './ast.ts';

type Calculate = (a: number, b: number) => number;
type Compare = (a: number, b: number) => boolean;

const arithmetic: Readonly<Record<ArithmeticOperator, Calculate>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': power,
  atan2: Math.atan2,
};

const comparisons: Readonly<Record<ComparisonOperator, Compare>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};

/** IEEE 754's pow, as Go has it; JavaScript says NaN for 1 to the NaN and for ±1 to the infinity. */
function power(base: number, exponent: number): number {
  const isInfinite = exponent === Number.POSITIVE_INFINITY || exponent === Number.NEGATIVE_INFINITY;
  return base === 1 || (base === -1 && isInfinite) ? 1 : base ** exponent;
}

export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return operator in comparisons;
}

export function isSetOperator(operator: BinaryOperator): operator is SetOperator {
  return operator === 'and' || operator === 'or' || operator === 'unless';
}

/** The result for one pair: arithmetic always has one, a comparison keeps `a` or, with `bool`, says 1 or 0. */
export function applyOperator(
  operator: Exclude<BinaryOperator, SetOperator>,
  bool: boolean,
  a: number,
  b: number,
): number | undefined {
  if (!isComparison(operator)) return arithmetic[operator](a, b);
  const holds = comparisons[operator](a, b);
  if (bool) return holds ? 1 : 0;
  return holds ? a : undefined;
}
