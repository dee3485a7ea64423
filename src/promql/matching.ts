import { type Labels, labelValue } from '../model/labels.ts';
import type { BinaryExpr, BinaryOperator, Matching, SetOperator } from './ast.ts';
import { PromqlError } from './error.ts';
import { applyOperator, isComparison } from './operators.ts';
import { remembered } from './remembered.ts';
import { type Signature, signatureOf } from './signature.ts';
import { formatLabels, keyOf, type VectorSample, withoutName } from './value.ts';

type Pairing = Pick<BinaryExpr, 'bool' | 'matching'> & { readonly operator: Exclude<BinaryOperator, SetOperator> };

/**
 * Arithmetic and comparison of two vectors, element by element of equal signature. The side that may have several per
 * signature leads; for `group_right` that is the right one.
 */
export function evaluateMatched(
  pairing: Pairing,
  left: readonly VectorSample[],
  right: readonly VectorSample[],
  at: number,
): readonly VectorSample[] {
  if (left.length === 0 || right.length === 0) return [];
  const { operator, bool, matching } = pairing;
  const swapped = matching.cardinality === 'one-to-many';
  const [many, one] = swapped ? [right, left] : [left, right];
  const signature = signatureOf(matching);
  const partners = partnersOf(one, signature, swapped ? 'left' : 'right');
  const results: VectorSample[] = [];
  const refuseSecond = createUniqueness(matching);
  for (const { labels, value } of many) {
    const key = signature.keyOf(labels);
    const partner = partners.get(key);
    if (!partner) continue;
    const [a, b] = swapped ? [partner.value, value] : [value, partner.value];
    const result = applyOperator(operator, bool, a, b);
    if (result === undefined) continue;
    const named = resultLabels(pairing, labels, partner.labels);
    refuseSecond(key, named);
    results.push({ labels: named, value: result, at });
  }
  return results;
}

function partnersOf(
  samples: readonly VectorSample[],
  { keyOf, labelsOf }: Signature,
  side: 'left' | 'right',
): ReadonlyMap<string, VectorSample> {
  const partners = new Map<string, VectorSample>();
  for (const sample of samples) {
    const key = keyOf(sample.labels);
    const other = partners.get(key);
    if (other) {
      throw new PromqlError(
        `found duplicate series for the match group ${formatLabels(labelsOf(sample.labels))} on the ${side} hand-side` +
          ` of the operation: [${formatLabels(sample.labels)}, ${formatLabels(other.labels)}];` +
          'many-to-many matching not allowed: matching labels must be unique on one side',
      );
    }
    partners.set(key, sample);
  }
  return partners;
}

/** Each signature has one result one-to-one, and each result its own labels otherwise. */
function createUniqueness({ cardinality }: Matching): (key: string, labels: Labels) => void {
  const seen = new Set<string>();
  const isSingle = cardinality === 'one-to-one';
  return (key, labels) => {
    const result = isSingle ? key : key + keyOf(labels);
    if (seen.has(result)) {
      throw new PromqlError(
        isSingle
          ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
          : 'multiple matches for labels: grouping labels must ensure unique matches',
      );
    }
    seen.add(result);
  };
}

function resultLabels({ operator, bool, matching }: Pairing, many: Labels, one: Labels): Labels {
  const keepsName = isComparison(operator) && !bool;
  const base = keepsName ? many : withoutName(many);
  return matching.cardinality === 'one-to-one' ? matchedLabels(matching)(base) : groupedLabels(matching)(base)(one);
}

/** One-to-one, `on` leaves the listed labels and `ignoring` takes them away. */
const matchedLabels: (matching: Matching) => (labels: Labels) => Labels = remembered(({ on, labels: listed }) =>
  !on && listed.length === 0
    ? (labels) => labels
    : remembered((labels) =>
        Object.fromEntries(Object.entries(labels).filter(([name]) => listed.includes(name) === on)),
      ),
);

/** With `group_left` and `group_right`, the labels of the "many" side, and those that it takes from the other. */
const groupedLabels: (matching: Matching) => (many: Labels) => (one: Labels) => Labels = remembered(({ include }) =>
  remembered((many) => (include.length === 0 ? () => many : remembered((one) => included(include, many, one)))),
);

function included(names: readonly string[], many: Labels, one: Labels): Labels {
  const labels: Record<string, string> = { ...many };
  for (const name of names) {
    const value = labelValue(one, name);
    if (value) labels[name] = value;
    else delete labels[name];
  }
  return labels;
}
