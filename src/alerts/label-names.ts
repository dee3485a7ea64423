import { z } from 'zod';

/** The names that every Prometheus since 0.x takes; the wider UTF-8 names of version 3 are not for rules of ours. */
const labelName = /^[A-Za-z_]\w*$/;

export function isLabelName(name: string): boolean {
  return labelName.test(name);
}

/** Label or annotation names as keys, texts as values. */
export const LabelMap = z.record(z.string(), z.string());
