import type { Annotations } from '../annotations.ts';
import type { CallExpr, Span, ValueType } from '../ast.ts';
import type { MatrixValue, PartValue, ScalarValue, StringValue, Value, VectorSample, VectorValue } from '../value.ts';

/** One call: its arguments already evaluated and of the types that the function declares. */
export interface Call {
  /** As written: `absent` reads the matchers from it. */
  readonly expr: CallExpr;
  readonly args: readonly PartValue[];
  /** The evaluation's time, ms. */
  readonly at: number;
  readonly annotations: Annotations;
}

/** A function of PromQL as a plain object: one entry in its file's list, and the file's line in `index.ts`. */
export interface PromqlFunction {
  readonly name: string;
  readonly args: readonly ValueType[];
  /** How many of the last arguments may be left out. */
  readonly optional?: number;
  /** The last argument may come any number of times, or not at all. */
  readonly repeats?: true;
  readonly result: 'scalar' | 'vector';
  /** Fails before the arguments are evaluated, on what is written alone. */
  refuse?(expr: CallExpr): void;
  evaluate(call: Call): Value;
}

type ArgOf<T extends ValueType> = T extends 'matrix'
  ? MatrixValue
  : T extends 'vector'
    ? VectorValue
    : T extends 'scalar'
      ? ScalarValue
      : StringValue;

/** An argument of the type that the parser has checked; undefined where an optional one was left out. */
export function argument<T extends ValueType>({ args }: Call, index: number, type: T): ArgOf<T> | undefined {
  const found = args[index];
  if (found !== undefined && found.type !== type)
    throw new TypeError(`argument ${index} is a ${found.type}, not a ${type}`);
  return found as ArgOf<T> | undefined;
}

export function matrixOf(call: Call, index: number): MatrixValue['series'] {
  return argument(call, index, 'matrix')?.series ?? [];
}

export function samplesOf(call: Call, index: number): readonly VectorSample[] {
  return argument(call, index, 'vector')?.samples ?? [];
}

/** Where Prometheus says that an argument stands in the text: a subquery has lost its place there by then. */
export function spanOfArgument({ expr }: Call, index: number): Span {
  const found = expr.args[index] ?? expr;
  return found.kind === 'subquery' ? { from: 0, to: 0 } : found.span;
}

/** The text of an argument that is a string; strings have no other source than a literal. */
export function textOfArgument({ args }: CallExpr, index: number): string {
  const found = args[index];
  return found?.kind === 'string' ? found.value : '';
}

export function scalarOf(call: Call, index: number, otherwise: number): number {
  return argument(call, index, 'scalar')?.value ?? otherwise;
}
