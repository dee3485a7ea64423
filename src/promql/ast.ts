import type { Matcher } from '../model/matcher.ts';

/** What an expression yields. A range vector is only ever a function's argument. */
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

/** Offsets into the expression's text, from 0; `to` is exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface NumberExpr {
  readonly kind: 'number';
  readonly value: number;
  readonly span: Span;
}

export interface StringExpr {
  readonly kind: 'string';
  readonly value: string;
  readonly span: Span;
}

/** Which time a selector or a subquery looks at: `at`, or else the evaluation's, less the offset. */
export interface Shift {
  readonly offsetMs: number;
  /** `@`: milliseconds since the epoch, or the whole query's own first or last time. */
  readonly at: number | 'start' | 'end' | undefined;
}

/** An instant vector selector. The metric's name is a matcher on `__name__`. */
export interface SelectorExpr extends Shift {
  readonly kind: 'selector';
  readonly matchers: readonly Matcher[];
  readonly span: Span;
}

/** A range vector selector: the points in (t - range, t]. */
export interface RangeExpr {
  readonly kind: 'range';
  readonly selector: SelectorExpr;
  readonly rangeMs: number;
  readonly span: Span;
}

/** The expression at each step in (t - range, t], as a range vector. */
export interface SubqueryExpr extends Shift {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly rangeMs: number;
  /** Undefined: the evaluation interval. */
  readonly stepMs: number | undefined;
  readonly span: Span;
}

export interface UnaryExpr {
  readonly kind: 'unary';
  readonly operator: '+' | '-';
  readonly operand: Expr;
  readonly span: Span;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOperator = '==' | '!=' | '>' | '<' | '>=' | '<=';
export type SetOperator = 'and' | 'or' | 'unless';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;

/** Which labels two vectors' elements are paired by, and which side may have several per pair. */
export interface Matching {
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many';
  /** Labels that the result takes from the "one" side. */
  readonly include: readonly string[];
}

export interface BinaryExpr {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly bool: boolean;
  readonly matching: Matching;
  readonly left: Expr;
  readonly right: Expr;
  readonly span: Span;
}

export interface CallExpr {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
  readonly span: Span;
}

export interface AggregateExpr {
  readonly kind: 'aggregate';
  readonly operator: string;
  readonly without: boolean;
  readonly labels: readonly string[];
  /** The vector last, the operator's parameter (as of `topk`) before it. */
  readonly args: readonly Expr[];
  readonly span: Span;
}

export type Expr =
  | NumberExpr
  | StringExpr
  | SelectorExpr
  | RangeExpr
  | SubqueryExpr
  | UnaryExpr
  | BinaryExpr
  | CallExpr
  | AggregateExpr;
