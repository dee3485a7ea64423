import type { Labels } from '../model/labels.ts';
import { labelKey } from '../model/labels.ts';
import type { Matching } from './ast.ts';

/** What of an element's labels must be equal for a pair, and one string for it. */
export interface Signature {
  labelsOf(labels: Labels): Labels;
  keyOf(labels: Labels): string;
}

/** `ignoring` never looks at the metric's name; `on` does only where it is listed. */
export function createSignature({ on, labels: listed }: Pick<Matching, 'on' | 'labels'>): Signature {
  const names = new Set(on ? listed : [...listed, '__name__']);
  const labelsOf = (labels: Labels): Labels =>
    Object.fromEntries(Object.entries(labels).filter(([name, value]) => value !== '' && names.has(name) === on));
  return {
    labelsOf,
    keyOf: on
      ? (labels) => JSON.stringify(listed.map((name) => labels[name] ?? ''))
      : (labels) => labelKey(labelsOf(labels)),
  };
}
