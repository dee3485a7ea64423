import type { BinaryOperator, Expr, RangeExpr, SelectorExpr, SubqueryExpr, UnaryExpr } from './ast.ts';
import { errorAt } from './error.ts';
import type { Infix, Operation, Postfix } from './operations.ts';

/** Prometheus' binding strengths. A sign binds like `*`, a range or an offset stronger than all. */
const strengths: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '<': 3,
  '>=': 3,
  '<=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};

/** Operands and operators in the order of the text → one tree, by precedence climbing. */
export function arrange(text: string, operations: readonly Operation[]): Expr {
  let next = 0;

  function operand(): Expr {
    const operation = operations[next++];
    if (operation?.kind === 'sign') return signed(operation, climb(strengths['^']));
    if (operation?.kind !== 'operand') throw errorAt(text, { from: text.length }, 'unexpected end of the expression');
    let expr = operation.expr;
    let isBare = operation.isBare;
    for (let word = operations[next]; isPostfix(word); word = operations[++next]) {
      expr = word.kind === 'subquery' ? subquery(expr, word) : modified(text, isBare ? expr : undefined, word);
      isBare = true;
    }
    return expr;
  }

  function climb(weakest: number): Expr {
    let left = operand();
    for (let word = operations[next]; word?.kind === 'infix'; word = operations[next]) {
      const strength = strengths[word.operator];
      if (strength < weakest) break;
      next++;
      left = joined(word, left, climb(word.operator === '^' ? strength : strength + 1));
    }
    return left;
  }

  return climb(0);
}

function signed({ operator, span }: Pick<UnaryExpr, 'operator' | 'span'>, operand: Expr): Expr {
  const whole = { from: span.from, to: operand.span.to };
  if (operand.kind !== 'number') return { kind: 'unary', operator, operand, span: whole };
  return { kind: 'number', value: operator === '-' ? -operand.value : operand.value, span: whole };
}

function joined({ operator, bool, matching }: Infix, left: Expr, right: Expr): Expr {
  return {
    kind: 'binary',
    operator,
    bool,
    matching: matching ?? { on: false, labels: [], cardinality: 'one-to-one', include: [] },
    left,
    right,
    span: { from: left.span.from, to: right.span.to },
  };
}

function isPostfix(word: Operation | undefined): word is Postfix {
  return word !== undefined && word.kind !== 'operand' && word.kind !== 'sign' && word.kind !== 'infix';
}

function subquery(expr: Expr, { ms, stepMs, span }: Extract<Postfix, { kind: 'subquery' }>): SubqueryExpr {
  const whole = { from: expr.span.from, to: span.to };
  return { kind: 'subquery', expr, rangeMs: ms, stepMs, offsetMs: 0, at: undefined, span: whole };
}

type Modifier = Exclude<Postfix, { kind: 'subquery' }>;
type Modified = SelectorExpr | RangeExpr | SubqueryExpr;

const spoken = { range: 'a range', offset: 'an offset', at: '@' } as const;

/** An expression with its range, offset or time; `expr` is undefined where none of them may stand. */
function modified(text: string, expr: Expr | undefined, modifier: Modifier): Modified {
  if (expr?.kind === 'range') {
    if (modifier.kind === 'range') throw errorAt(text, modifier.span, 'a selector may have one range only');
    const selector = shifted(text, expr.selector, modifier);
    return { ...expr, selector, span: selector.span };
  }
  if (expr?.kind === 'selector')
    return modifier.kind === 'range' ? ranged(text, expr, modifier) : shifted(text, expr, modifier);
  if (expr?.kind === 'subquery' && modifier.kind !== 'range') return shifted(text, expr, modifier);
  const places = modifier.kind === 'range' ? 'a selector' : 'a selector, a range or a subquery';
  throw errorAt(text, modifier.span, `${spoken[modifier.kind]} may only follow ${places}`);
}

function ranged(
  text: string,
  selector: SelectorExpr,
  { ms, span }: Extract<Modifier, { kind: 'range' | 'offset' }>,
): RangeExpr {
  if (selector.offsetMs !== 0 || selector.at !== undefined) {
    throw errorAt(text, span, 'an offset or @ may not stand before the range');
  }
  return { kind: 'range', selector, rangeMs: ms, span: { from: selector.span.from, to: span.to } };
}

/** With its offset or its time, each of which may be set once, in any order. */
function shifted<T extends SelectorExpr | SubqueryExpr>(text: string, expr: T, modifier: Modifier): T {
  const span = { from: expr.span.from, to: modifier.span.to };
  if (modifier.kind === 'at') {
    if (expr.at !== undefined) throw errorAt(text, modifier.span, '@ may not be set twice');
    return { ...expr, at: modifier.time, span };
  }
  if (expr.offsetMs !== 0) throw errorAt(text, modifier.span, 'an offset may not be set twice');
  return { ...expr, offsetMs: modifier.ms, span };
}
