import type { Matching, SetOperator } from './ast.ts';
import { signatureOf } from './signature.ts';
import { refuseDuplicates, type VectorSample } from './value.ts';

/** `and`, `or` and `unless` by the labels of the matching; elements pass as they are. */
export function evaluateSet(
  operator: SetOperator,
  matching: Matching,
  left: readonly VectorSample[],
  right: readonly VectorSample[],
): readonly VectorSample[] {
  const { keyOf } = signatureOf(matching);
  const keysOf = (samples: readonly VectorSample[]): ReadonlySet<string> =>
    new Set(samples.map(({ labels }) => keyOf(labels)));
  if (operator === 'or') {
    const present = keysOf(left);
    const both = [...left, ...right.filter(({ labels }) => !present.has(keyOf(labels)))];
    refuseDuplicates(both);
    return both;
  }
  const present = keysOf(right);
  return left.filter(({ labels }) => present.has(keyOf(labels)) === (operator === 'and'));
}
