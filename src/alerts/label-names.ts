import { z } from 'zod';

/** The names that every Prometheus since 0.x takes. */
const labelName = /^[A-Za-z_]\w*$/;

export function isLabelName(name: string): boolean {
  return labelName.test(name);
}

/** A number or a truth value stands for its text, and nothing for an empty one, as in Go. */
const LabelText = z
  .union([z.string(), z.number(), z.boolean(), z.null()], 'expected a text')
  .transform((value) => String(value ?? ''));

/** Label names as keys, texts as values. */
export const LabelMap = z.record(z.string(), LabelText);
