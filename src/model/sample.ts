import type { Labels } from './labels.ts';

/** `untyped` is for values whose source does not say whether they only grow; OpenMetrics calls it `unknown`. */
export type MetricType = 'gauge' | 'counter' | 'untyped' | 'histogram';

/**
 * One metric family. `labels` are its fixed label names; `openLabels` says that further ones may come (allow-listed).
 * A name with `<field>` stands for all the families that somebody else, such as the kernel, names: see `fieldOf`.
 */
export interface MetricDef<L extends string = string> {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labels: readonly L[];
  readonly openLabels: boolean;
  /** The family that it is printed in, where that has another name: a histogram's, for its three parts. */
  readonly family?: string;
}

/** One constant value of a family: the collector says it anew on every collection, so absent things vanish. */
export interface Sample {
  readonly metric: MetricDef;
  readonly labels: Labels;
  readonly value: number;
}

export function gauge<const L extends string = never>(
  name: string,
  help: string,
  labels: readonly L[] = [],
): MetricDef<L> {
  return { name, help, type: 'gauge', labels, openLabels: false };
}

/** `name` is the name in the text format, `_total` included. */
export function counter<const L extends string = never>(
  name: string,
  help: string,
  labels: readonly L[] = [],
): MetricDef<L> {
  return { name, help, type: 'counter', labels, openLabels: false };
}

/** A family that is neither known to be a gauge nor to be a counter. */
export function untyped<const L extends string = never>(
  name: string,
  help: string,
  labels: readonly L[] = [],
): MetricDef<L> {
  return { name, help, type: 'untyped', labels, openLabels: false };
}

/** Values counted into buckets. Its samples are made by `histogramSamples`. */
export function histogram<const L extends string = never>(
  name: string,
  help: string,
  labels: readonly L[] = [],
): MetricDef<L> {
  return { name, help, type: 'histogram', labels, openLabels: false };
}

/** What was counted: `counts[i]` values at or below `bounds[i]` and above the bound before it; the rest in `above`. */
export interface Buckets {
  /** Ascending. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly above: number;
  readonly sum: number;
}

/** The series of a classic histogram: cumulative buckets, sum and count. */
export function histogramSamples<L extends string>(
  metric: MetricDef<L>,
  labels: Readonly<Record<NoInfer<L>, string>>,
  { bounds, counts, above, sum }: Buckets,
): readonly Sample[] {
  const part = (name: string): MetricDef => ({ ...metric, name: `${metric.name}_${name}`, family: metric.name });
  const bucket = part('bucket');
  let below = 0;
  const buckets = bounds.map((bound, index) => {
    below += counts[index] ?? 0;
    return { metric: bucket, labels: { ...(labels as Labels), le: boundText(bound) }, value: below };
  });
  const count = below + above;
  return [
    ...buckets,
    { metric: bucket, labels: { ...(labels as Labels), le: '+Inf' }, value: count },
    { metric: part('sum'), labels, value: sum },
    { metric: part('count'), labels, value: count },
  ];
}

/** As OpenMetrics and Prometheus 3 write a bound: always with a decimal point. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound);
}

/** The family of one field among those that a definition named `…<field>…` stands for. */
export function fieldOf<L extends string>(metric: MetricDef<L>, field: string): MetricDef<L> {
  const word = field.replace(/\W/g, '_');
  return {
    ...metric,
    name: metric.name.replace('<field>', () => word),
    help: metric.help.replace('<field>', () => field),
  };
}

/** A family whose samples may carry labels beyond the fixed ones, such as `container_label_*`. */
export function withOpenLabels<L extends string>(metric: MetricDef<L>): MetricDef<L> {
  return { ...metric, openLabels: true };
}

/** A missing or misspelt label does not compile. */
export function sample<L extends string>(
  metric: MetricDef<L>,
  labels: Readonly<Record<NoInfer<L>, string>>,
  value: number,
  open?: Labels,
): Sample {
  return { metric, labels: open === undefined ? labels : { ...open, ...(labels as Labels) }, value };
}
