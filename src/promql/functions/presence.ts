import type { Labels } from '../../model/labels.ts';
import type { Expr } from '../ast.ts';
import { vector } from '../value.ts';
import { type Call, matrixOf, type PromqlFunction, samplesOf } from './function.ts';

function absent(call: Call, isEmpty: boolean) {
  if (!isEmpty) return vector([]);
  return vector([{ labels: labelsOf(call.expr.args[0]), value: 1, at: call.at }]);
}

/** What the missing series is known to have had: labels with exactly one matcher, and that an equality. */
function labelsOf(expr: Expr | undefined): Labels {
  const selector = expr?.kind === 'range' ? expr.selector : expr;
  if (selector?.kind !== 'selector') return {};
  const labels = new Map<string, string>();
  const seen = new Set<string>(['__name__']);
  for (const { name, operator, value } of selector.matchers) {
    if (operator === '=' && value !== '' && !seen.has(name)) labels.set(name, value);
    else labels.delete(name);
    if (operator === '=') seen.add(name);
  }
  return Object.fromEntries(labels);
}

export const presenceFunctions: readonly PromqlFunction[] = [
  {
    name: 'absent',
    args: ['vector'],
    result: 'vector',
    evaluate: (call) => absent(call, samplesOf(call, 0).length === 0),
  },
  {
    name: 'absent_over_time',
    args: ['matrix'],
    result: 'vector',
    evaluate: (call) => absent(call, matrixOf(call, 0).length === 0),
  },
];
