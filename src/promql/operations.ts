import type { SyntaxNode } from '@lezer/common';
import type { BinaryOperator, Expr, Matching, Span } from './ast.ts';
import { errorAt } from './error.ts';
import { experimental, needsNative } from './left-out.ts';
import { childrenOf, groupingLabels, numberOf, spanOf, textOf } from './nodes.ts';

interface Operand {
  readonly kind: 'operand';
  readonly expr: Expr;
  /** A selector without parentheses: what a range, an offset or `@` may follow. */
  readonly isBare: boolean;
}

interface Sign {
  readonly kind: 'sign';
  readonly operator: '+' | '-';
  readonly span: Span;
}

export interface Infix {
  readonly kind: 'infix';
  readonly operator: BinaryOperator;
  readonly bool: boolean;
  readonly matching: Matching | undefined;
  readonly span: Span;
}

/** What follows an operand and changes it. */
export type Postfix = { readonly span: Span } & (
  | { readonly kind: 'offset' | 'range'; readonly ms: number }
  | { readonly kind: 'at'; readonly time: number | 'start' | 'end' }
  | { readonly kind: 'subquery'; readonly ms: number; readonly stepMs: number | undefined }
);

/** One word of an expression, in the order of the text. */
export type Operation = Operand | Sign | Infix | Postfix;

type ConvertOperand = (text: string, node: SyntaxNode) => Expr;

const unsupported: Readonly<Record<string, string>> = {
  AnchoredExpr: experimental('the modifier anchored', 'promql-extended-range-selectors'),
  SmoothedExpr: experimental('the modifier smoothed', 'promql-extended-range-selectors'),
};

/**
 * The grammar's tree, flattened to operands and operators in the order of the text. Its tree is made for highlighting:
 * there `a + b offset 5m` shifts the sum, and `-1 ^ 2` is 1.
 */
export function operationsOf(text: string, node: SyntaxNode, convert: ConvertOperand): readonly Operation[] {
  const missing = unsupported[node.name];
  if (missing !== undefined) throw errorAt(text, node, missing);
  const parts = childrenOf(node);
  const [first] = parts;
  const last = parts.at(-1);
  if (!first || !last) return literalOf(text, node, convert);
  const flatten = (part: SyntaxNode) => operationsOf(text, part, convert);
  switch (node.name) {
    case 'BinaryExpr':
      return [...flatten(first), infixOf(text, node, parts), ...flatten(last)];
    case 'UnaryExpr':
      return [signOf(text, first), ...flatten(last)];
    case 'OffsetExpr':
      return [...flatten(first), { kind: 'offset', ms: durationMs(text, last), span: spanOf(last) }];
    case 'MatrixSelector':
      return [...flatten(first), { kind: 'range', ms: lengthMs(text, last), span: spanOf(last) }];
    case 'SubqueryExpr':
      return [...flatten(first), subqueryOf(text, node)];
    case 'StepInvariantExpr':
      return [...flatten(first), { kind: 'at', time: timeOf(text, last), span: spanOf(last) }];
    default:
      return [{ kind: 'operand', expr: convert(text, node), isBare: node.name === 'VectorSelector' }];
  }
}

/** A literal without its sign, which binds weaker than `^`. */
function literalOf(text: string, node: SyntaxNode, convert: ConvertOperand): readonly Operation[] {
  const operand: Operation = { kind: 'operand', expr: convert(text, node), isBare: false };
  const sign = /^[+-]/.exec(textOf(text, node))?.[0];
  if (sign === undefined || operand.expr.kind !== 'number') return [operand];
  const value = sign === '-' ? -operand.expr.value : operand.expr.value;
  return [signOf(text, { from: node.from, to: node.from + 1 }), { ...operand, expr: { ...operand.expr, value } }];
}

function signOf(text: string, span: Span): Operation {
  return { kind: 'sign', operator: textOf(text, span) === '-' ? '-' : '+', span: { from: span.from, to: span.to } };
}

function lengthMs(text: string, node: SyntaxNode): number {
  const ms = durationMs(text, node);
  if (!(ms > 0)) throw errorAt(text, node, 'a range must be greater than 0');
  return ms;
}

/** `[range:]` or `[range:step]`. */
function subqueryOf(text: string, node: SyntaxNode): Postfix {
  const [range, step] = node.getChildren('DurationExpr');
  return {
    kind: 'subquery',
    ms: lengthMs(text, range ?? node),
    stepMs: step ? lengthMs(text, step) : undefined,
    span: { from: range?.from ?? node.from, to: node.to },
  };
}

/** What follows `@`: seconds since the epoch, `start()` or `end()`. */
function timeOf(text: string, node: SyntaxNode): number | 'start' | 'end' {
  if (node.name === 'AtModifierPreprocessors') return node.getChild('AtStart') ? 'start' : 'end';
  const ms = Math.round(numberOf(text, node) * 1000);
  if (!Number.isSafeInteger(ms)) throw errorAt(text, node, `${textOf(text, node)} is no timestamp`);
  return ms;
}

/** A duration with any number of signs, in milliseconds. */
function durationMs(text: string, node: SyntaxNode): number {
  const [first, second, third] = childrenOf(node);
  if (first?.name === 'UnaryOp' && second) return (textOf(text, first) === '-' ? -1 : 1) * durationMs(text, second);
  if (first?.name !== 'NumberDurationLiteralInDurationContext' || third) {
    throw errorAt(text, node, experimental('arithmetic with durations', 'promql-duration-expr'));
  }
  const ms = Math.round(numberOf(text, first) * 1000);
  if (!Number.isSafeInteger(ms)) throw errorAt(text, node, `${textOf(text, node)} is not a duration`);
  return ms;
}

const binaryOperators: ReadonlySet<string> = new Set(
  '+ - * / % ^ atan2 == != > < >= <= and or unless'.split(' ') satisfies readonly string[],
);

function isBinaryOperator(word: string): word is BinaryOperator {
  return binaryOperators.has(word);
}

function infixOf(text: string, node: SyntaxNode, parts: readonly SyntaxNode[]): Infix {
  const [, word, ...rest] = parts;
  const operator = word ? textOf(text, word).toLowerCase() : '';
  if (!isBinaryOperator(operator)) throw errorAt(text, word ?? node, needsNative(`the operator ${operator}`));
  const fill = rest.find(({ name }) => name === 'FillModifier');
  if (fill) throw errorAt(text, fill, experimental('the modifier fill', 'promql-binop-fill-modifiers'));
  const clause = node.getChild('MatchingModifierClause');
  return {
    kind: 'infix',
    operator,
    bool: rest.some(({ name }) => name === 'BoolModifier'),
    matching: clause ? matchingOf(text, clause) : undefined,
    span: spanOf(word ?? node),
  };
}

function matchingOf(text: string, clause: SyntaxNode): Matching {
  const [labels, include] = clause.getChildren('GroupingLabels');
  const left = clause.getChild('GroupLeft') !== null;
  const right = clause.getChild('GroupRight') !== null;
  return {
    on: clause.getChild('On') !== null,
    labels: groupingLabels(text, labels ?? null),
    cardinality: left ? 'many-to-one' : right ? 'one-to-many' : 'one-to-one',
    include: groupingLabels(text, include ?? null),
  };
}
