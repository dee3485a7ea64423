import { z } from 'zod';
import { Duration } from '../lib/schema.ts';

/** A key without a value is as good as none, in Prometheus as here. */
function maybe<S extends z.ZodType>(schema: S) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** An empty one is none. */
const RuleName = maybe(z.string().transform((text) => text || undefined));
const Count = z
  .string()
  .regex(/^-?\d+$/, 'expected a whole number')
  .transform(Number);
/** Label or annotation names as keys, texts as values. */
const LabelMap = z.record(
  z.string(),
  z
    .string()
    .nullable()
    .transform((text) => text ?? ''),
);

const RuleSettings = z.strictObject({
  alert: RuleName,
  record: RuleName,
  expr: z.string(),
  for: maybe(Duration),
  keep_firing_for: maybe(Duration),
  labels: maybe(LabelMap),
  annotations: maybe(LabelMap),
});

const GroupSettings = z.strictObject({
  name: z.string().min(1),
  interval: maybe(Duration),
  query_offset: maybe(Duration),
  limit: maybe(Count),
  labels: maybe(LabelMap),
  rules: maybe(z.array(RuleSettings)),
});

/** A Prometheus rule file, as it is written: every number a text. */
export const RuleFile = z.strictObject({ groups: maybe(z.array(GroupSettings)) });

export type RuleSettings = z.output<typeof RuleSettings>;
export type GroupSettings = z.output<typeof GroupSettings>;
