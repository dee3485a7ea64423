import { z } from 'zod';
import { Duration } from '../lib/schema.ts';

const special: Readonly<Record<string, number>> = {
  '.nan': Number.NaN,
  '.inf': Number.POSITIVE_INFINITY,
  '+.inf': Number.POSITIVE_INFINITY,
  '-.inf': Number.NEGATIVE_INFINITY,
};

/** A float as YAML writes it. */
const Float = z.string().transform((text, context) => {
  const value = special[text.toLowerCase()] ?? (text.trim() === '' ? undefined : Number(text));
  if (value !== undefined && (special[text.toLowerCase()] !== undefined || !Number.isNaN(value))) return value;
  context.addIssue({ code: 'custom', message: 'expected a number, .nan, .inf or -.inf' });
  return z.NEVER;
});

const Flag = z.enum(['true', 'false'], 'expected true or false').transform((text) => text === 'true');
const Labels = z.record(z.string(), z.string());

const AlertCheck = z.strictObject({
  eval_time: Duration.optional(),
  alertname: z.string().min(1),
  exp_alerts: z.array(z.strictObject({ exp_labels: Labels.optional(), exp_annotations: Labels.optional() })).optional(),
});

const ExprCheck = z.strictObject({
  expr: z.string(),
  eval_time: Duration.optional(),
  exp_samples: z.array(z.strictObject({ labels: z.string().optional(), value: Float.optional() })).optional(),
});

const TestGroup = z.strictObject({
  name: z.string().optional(),
  interval: Duration.optional(),
  input_series: z.array(z.strictObject({ series: z.string(), values: z.string() })).optional(),
  alert_rule_test: z.array(AlertCheck).optional(),
  promql_expr_test: z.array(ExprCheck).optional(),
  external_labels: Labels.optional(),
  external_url: z.string().optional(),
});

/** A file of promtool's unit tests, every scalar of it a text. */
export const UnitTestFile = z.strictObject({
  rule_files: z.array(z.string()).optional(),
  evaluation_interval: Duration.optional(),
  group_eval_order: z.array(z.string()).optional(),
  fuzzy_compare: Flag.optional(),
  tests: z.array(TestGroup).optional(),
});

export type UnitTestFile = z.output<typeof UnitTestFile>;
export type TestGroup = z.output<typeof TestGroup>;
