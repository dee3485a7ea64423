import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import { LabelMap } from './label-names.ts';

/** YAML reads `expr: 1` as a number; Prometheus reads it as an expression. */
const Expression = z.union([z.string(), z.number().transform(String)]);

const RuleSettings = z.strictObject({
  alert: z.string().min(1).optional(),
  record: z.string().min(1).optional(),
  expr: Expression,
  for: Duration.optional(),
  keep_firing_for: Duration.optional(),
  labels: LabelMap.optional(),
  annotations: LabelMap.optional(),
});

const GroupSettings = z.strictObject({
  name: z.string().min(1),
  interval: Duration.optional(),
  query_offset: Duration.optional(),
  limit: z.int().min(0).optional(),
  labels: LabelMap.optional(),
  rules: z.array(RuleSettings).optional(),
});

/** A Prometheus rule file, as it is written. */
export const RuleFile = z.strictObject({ groups: z.array(GroupSettings).optional() });

export type RuleSettings = z.output<typeof RuleSettings>;
export type GroupSettings = z.output<typeof GroupSettings>;
