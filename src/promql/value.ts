import { type Labels, labelKey } from '../model/labels.ts';
import type { Point } from '../samples/history.ts';
import { PromqlError } from './error.ts';
import { mostOfAll, remembered } from './remembered.ts';

export interface VectorSample {
  readonly labels: Labels;
  readonly value: number;
  /** Milliseconds: the stored point's own time straight from a selector, the evaluation's otherwise. */
  readonly at: number;
}

export interface VectorValue {
  readonly type: 'vector';
  readonly samples: readonly VectorSample[];
}

export interface ScalarValue {
  readonly type: 'scalar';
  readonly value: number;
}

export interface StringValue {
  readonly type: 'string';
  readonly value: string;
}

/** A range vector: the points in (from, to] without staleness markers; series without points are left out. */
export interface MatrixValue {
  readonly type: 'matrix';
  readonly series: readonly { readonly labels: Labels; readonly points: readonly Point[] }[];
  readonly from: number;
  readonly to: number;
}

/** What an expression as a whole yields. */
export type Value = VectorValue | ScalarValue | StringValue;
/** What a part of an expression yields. */
export type PartValue = Value | MatrixValue;

export function vector(samples: readonly VectorSample[]): VectorValue {
  return { type: 'vector', samples };
}

/** One string per label set, made once per object: a store gives the same object at each evaluation. */
export const keyOf: (labels: Labels) => string = remembered(labelKey, mostOfAll);

export const withoutName: (labels: Labels) => Labels = remembered(({ __name__: _, ...labels }) => labels, mostOfAll);

/** Drops the metric names. Series that differed by name alone cannot be told apart then: Prometheus' error. */
export function dropNames(samples: readonly VectorSample[]): readonly VectorSample[] {
  const name = samples[0]?.labels.__name__;
  const dropped = samples.map((sample) => ({ ...sample, labels: withoutName(sample.labels) }));
  const isOneMetric = samples.every(({ labels }) => labels.__name__ === name);
  if (!isOneMetric) refuseDuplicates(dropped);
  return dropped;
}

export function refuseDuplicates(samples: readonly VectorSample[]): void {
  const keys = new Set(samples.map(({ labels }) => keyOf(labels)));
  if (keys.size < samples.length) throw sameLabelset();
}

export function sameLabelset(): PromqlError {
  return new PromqlError('vector cannot contain metrics with the same labelset');
}

/** `{a="b", c="d"}`, as Prometheus prints a label set in its errors. */
export function formatLabels({ __name__: name = '', ...labels }: Labels): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((label) => `${label}=${JSON.stringify(labels[label])}`);
  return pairs.length === 0 && name !== '' ? name : `${name}{${pairs.join(', ')}}`;
}

/** As Go prints a number with %g. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return formatDecimal(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return formatDecimal(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** As Go prints a number with %f and as many digits as it has. */
export function formatDecimal(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (!Number.isFinite(value)) return `${sign || '+'}Inf`;
  const [mantissa = '', exponent = ''] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const point = Number(exponent) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (digits.length <= point) return `${sign}${digits.padEnd(point, '0')}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
