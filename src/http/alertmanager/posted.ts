import { z } from 'zod';
import { toMatcher } from '../../alerts/matchers.ts';
import type { AskedSilence } from '../../alerts/silences.ts';
import { parseTime } from '../../lib/clock.ts';
import type { Alert } from '../../model/alert.ts';
import { fingerprint, type Labels } from '../../model/labels.ts';

/** More than a Prometheus sends at once by far. */
const maxAlerts = 10_000;
const maxLabels = 128;
/** Of the names and values of one alert's labels and annotations. */
const maxText = 64 * 1024;

/** Go's zero time means that nothing was said. */
const goZero = parseTime('0001-01-01T00:00:00Z');
const Time = z
  .string()
  .refine((text) => /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)/i.test(text) && !Number.isNaN(parseTime(text)), 'a time')
  .transform((text) => parseTime(text))
  .transform((ms) => (ms === goZero ? undefined : ms));
const LabelSet = z.record(z.string(), z.string());

const PostedAlert = z.object({
  labels: LabelSet,
  annotations: LabelSet.nullish(),
  startsAt: Time.nullish(),
  endsAt: Time.nullish(),
  generatorURL: z.union([z.literal(''), z.url()]).nullish(),
});
const PostedAlerts = z.array(PostedAlert).max(maxAlerts);

const PostedMatcher = z.object({
  name: z.string(),
  value: z.string(),
  isRegex: z.boolean(),
  isEqual: z.boolean().nullish(),
});
const PostedSilence = z.object({
  id: z.string().nullish(),
  matchers: z.array(PostedMatcher).min(1),
  startsAt: Time,
  endsAt: Time,
  createdBy: z.string(),
  comment: z.string(),
});

/** Refused as a whole, in the shape that Alertmanager's API has. */
export interface Refused {
  readonly status: number;
  readonly body: unknown;
}

export type Parsed<T> = { readonly value: T } | { readonly refused: Refused };

function parse<S extends z.ZodType>(schema: S, body: unknown): Parsed<z.output<S>> {
  const result = schema.safeParse(body);
  if (result.success) return { value: result.data };
  const [issue] = result.error.issues;
  const place = issue?.path.map(String).join('.') ?? '';
  const isMissing = issue?.code === 'invalid_type' && issue.message.endsWith('received undefined');
  const message = isMissing ? `${place} in body is required` : `${place} in body: ${issue?.message ?? 'invalid'}`;
  return { refused: { status: 422, body: { code: isMissing ? 602 : 601, message } } };
}

/** The alerts that are valid, and what is wrong with the others. */
export interface PostedResult {
  readonly alerts: readonly Alert[];
  readonly faults: readonly string[];
}

export function parseAlerts(
  body: unknown,
  at: { readonly now: number; readonly resolveTimeoutMs: number },
): Parsed<PostedResult> {
  const parsed = parse(PostedAlerts, body);
  if ('refused' in parsed) return parsed;
  const alerts = parsed.value.map((posted) => alertFrom(posted, at));
  const faults = alerts.map(faultOf);
  return {
    value: {
      alerts: alerts.filter((_, index) => faults[index] === undefined),
      faults: faults.filter((fault) => fault !== undefined),
    },
  };
}

/** What was left out is filled in as Alertmanager does: an alert without an end ends unless it is said again. */
function alertFrom(
  { labels: said, annotations, startsAt, endsAt, generatorURL }: z.output<typeof PostedAlert>,
  { now, resolveTimeoutMs }: { readonly now: number; readonly resolveTimeoutMs: number },
): Alert {
  const labels = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== ''));
  return {
    fingerprint: fingerprint(labels),
    labels,
    annotations: annotations ?? {},
    startsAt: startsAt ?? endsAt ?? now,
    endsAt: endsAt ?? now + resolveTimeoutMs,
    updatedAt: now,
    generatorURL: generatorURL ?? '',
  };
}

function faultOf({ labels, annotations, startsAt, endsAt }: Alert): string | undefined {
  if (endsAt < startsAt) return 'start time must be before end time';
  if (Object.keys(labels).length === 0) return 'at least one label pair required';
  if ('' in labels) return 'invalid label set: invalid name ""';
  if ('' in annotations) return 'invalid annotations: invalid name ""';
  if (size(labels) + size(annotations) > maxText || Object.keys(labels).length > maxLabels) {
    return `more than ${maxLabels} labels, or than ${maxText} characters of labels and annotations`;
  }
  return undefined;
}

function size(labels: Labels): number {
  return Object.entries(labels).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

export function parseSilence(body: unknown, now: number): Parsed<AskedSilence> {
  const parsed = parse(PostedSilence, body);
  if ('refused' in parsed) return parsed;
  const { id, matchers, startsAt = now, endsAt = 0, createdBy, comment } = parsed.value;
  try {
    return {
      value: {
        ...{ startsAt, endsAt, createdBy, comment },
        id: id || undefined,
        matchers: matchers.map(({ name, value, isRegex, isEqual }) =>
          toMatcher(name, operatorOf(isRegex, isEqual ?? true), value),
        ),
      },
    };
  } catch (error) {
    return { refused: { status: 400, body: `invalid silence: ${(error as Error).message}` } };
  }
}

function operatorOf(isRegex: boolean, isEqual: boolean): '=' | '!=' | '=~' | '!~' {
  if (isRegex) return isEqual ? '=~' : '!~';
  return isEqual ? '=' : '!=';
}
