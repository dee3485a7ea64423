import type { Expr, Shift } from './ast.ts';

/** Prometheus' default, as in evaluate.ts. */
const defaultLookbackMs = 300_000;

/**
 * How far back an expression looks, in ms: what a history must keep for it. A fixed time is not in this: see
 * `fixedTimeOf`.
 */
export function historyNeeded(expr: Expr, lookbackMs: number = defaultLookbackMs): number {
  return Math.max(0, back(expr, lookbackMs));
}

/** How far before its own evaluation an expression looks; below 0 where it only looks ahead. */
function back(expr: Expr, lookbackMs: number): number {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return Number.NEGATIVE_INFINITY;
    case 'selector':
      return expr.offsetMs + lookbackMs;
    case 'range':
      return expr.selector.offsetMs + expr.rangeMs;
    case 'subquery':
      return expr.offsetMs + expr.rangeMs + back(expr.expr, lookbackMs);
    default:
      return Math.max(Number.NEGATIVE_INFINITY, ...partsOf(expr).map((part) => back(part, lookbackMs)));
  }
}

/** The first `@` with a time of its own, in ms since the epoch. No history that moves on can keep what is there. */
export function fixedTimeOf(expr: Expr): number | undefined {
  const own = shiftOf(expr)?.at;
  if (typeof own === 'number') return own;
  return partsOf(expr)
    .map(fixedTimeOf)
    .find((time) => time !== undefined);
}

function shiftOf(expr: Expr): Shift | undefined {
  if (expr.kind === 'range') return expr.selector;
  return expr.kind === 'selector' || expr.kind === 'subquery' ? expr : undefined;
}

function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'unary':
      return [expr.operand];
    case 'binary':
      return [expr.left, expr.right];
    case 'call':
    case 'aggregate':
      return expr.args;
    case 'subquery':
      return [expr.expr];
    default:
      return [];
  }
}
