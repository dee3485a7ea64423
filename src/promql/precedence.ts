import type { BinaryOperator, Expr, RangeExpr, SelectorExpr, UnaryExpr } from './ast.ts';
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
    for (let word = operations[next]; word?.kind === 'offset' || word?.kind === 'range'; word = operations[++next]) {
      expr = modified(text, operation.isBare ? expr : undefined, word);
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

/** A selector with its range or offset; `expr` is undefined where neither may stand. */
function modified(text: string, expr: Expr | undefined, { kind, ms, span }: Postfix): SelectorExpr | RangeExpr {
  if (expr?.kind !== 'selector' && expr?.kind !== 'range') {
    throw errorAt(text, span, `${kind === 'range' ? 'a range' : 'an offset'} may only follow a selector`);
  }
  const selector = expr.kind === 'range' ? expr.selector : expr;
  const whole = { from: expr.span.from, to: span.to };
  if (kind === 'range') {
    if (expr.kind === 'range') throw errorAt(text, span, 'a selector may have one range only');
    if (selector.offsetMs !== 0) throw errorAt(text, span, 'an offset may not stand before the range');
    return { kind: 'range', selector, rangeMs: ms, span: whole };
  }
  if (selector.offsetMs !== 0) throw errorAt(text, span, 'an offset may not be set twice');
  const shifted = { ...selector, offsetMs: ms, span: whole };
  return expr.kind === 'range' ? { ...expr, selector: shifted, span: whole } : shifted;
}
