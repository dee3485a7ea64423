import type { Labels } from '../model/labels.ts';
import type { Matching } from './ast.ts';
import { remembered } from './remembered.ts';
import { keyOf } from './value.ts';

/** What of an element's labels must be equal for a pair, and one string for it. */
export interface Signature {
  labelsOf(labels: Labels): Labels;
  keyOf(labels: Labels): string;
}

/** `ignoring` never looks at the metric's name; `on` does only where it is listed. */
export const signatureOf: (matching: Matching) => Signature = remembered(({ on, labels: listed }) => {
  const names = new Set(on ? listed : [...listed, '__name__']);
  const labelsOf = remembered((labels: Labels) =>
    Object.fromEntries(Object.entries(labels).filter(([name, value]) => value !== '' && names.has(name) === on)),
  );
  return { labelsOf, keyOf: (labels) => keyOf(labelsOf(labels)) };
});
