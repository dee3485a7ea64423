import { type Labels, labelKey } from '../model/labels.ts';
import type { AggregateExpr, ValueType } from './ast.ts';
import { PromqlError } from './error.ts';
import { maximum, mean, minimum, quantile, sum, variance } from './statistics.ts';
import { formatNumber, type PartValue, type VectorSample, type VectorValue, vector, withoutName } from './value.ts';

/** The elements that agree in the grouping's labels, and those labels. */
interface Group {
  readonly labels: Labels;
  readonly samples: readonly VectorSample[];
}

/** An aggregation as a plain object. */
interface Aggregation {
  /** The type of what stands before the vector, if anything. */
  readonly parameter?: ValueType;
  /** What one group, never empty, becomes. `at` is the evaluation's time, ms. */
  evaluate(group: Group, parameter: PartValue | undefined, at: number): readonly VectorSample[];
}

/** One number per group. */
function folding(fold: (values: readonly number[], parameter: number) => number, parameter?: 'scalar'): Aggregation {
  return {
    ...(parameter ? { parameter } : {}),
    evaluate({ labels, samples }, given, at) {
      const values = samples.map(({ value }) => value);
      return [{ labels, value: fold(values, numberOf(given)), at }];
    },
  };
}

/** The first k of the group's own elements by `order`, a NaN only where nothing else is left. */
function picking(order: (a: number, b: number) => number): Aggregation {
  return {
    parameter: 'scalar',
    evaluate: ({ samples }, given) =>
      [...samples].sort((a, b) => nanLast(a.value, b.value) || order(a.value, b.value)).slice(0, countOf(given)),
  };
}

function nanLast(a: number, b: number): number {
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function numberOf(parameter: PartValue | undefined): number {
  return parameter?.type === 'scalar' ? parameter.value : Number.NaN;
}

function countOf(parameter: PartValue | undefined): number {
  const k = numberOf(parameter);
  if (k < 1) return 0;
  if (!(k < 2 ** 63)) throw new PromqlError(`Scalar value ${formatNumber(k)} overflows int64`);
  return Math.trunc(k);
}

export const aggregations: ReadonlyMap<string, Aggregation> = new Map(
  Object.entries({
    sum: folding(sum),
    avg: folding(mean),
    min: folding(minimum),
    max: folding(maximum),
    count: folding((values) => values.length),
    group: folding(() => 1),
    stddev: folding((values) => Math.sqrt(variance(values))),
    stdvar: folding(variance),
    quantile: folding((values, q) => quantile(q, values), 'scalar'),
    topk: picking((a, b) => b - a),
    bottomk: picking((a, b) => a - b),
  }),
);

export function evaluateAggregate(
  { operator, without, labels }: AggregateExpr,
  samples: readonly VectorSample[],
  parameter: PartValue | undefined,
  at: number,
): VectorValue {
  const unit = aggregations.get(operator);
  if (!unit) throw new TypeError(`no aggregation ${operator}`);
  const groups = [...grouped(samples, labels, without).values()];
  return vector(groups.flatMap((group) => unit.evaluate(group, parameter, at)));
}

function grouped(
  samples: readonly VectorSample[],
  names: readonly string[],
  without: boolean,
): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group & { readonly samples: VectorSample[] }>();
  const listed = new Set(names);
  for (const sample of samples) {
    const labels = without ? dropped(sample.labels, listed) : kept(sample.labels, names);
    const key = without ? labelKey(labels) : JSON.stringify(names.map((name) => labels[name]));
    const group = groups.get(key);
    if (group) group.samples.push(sample);
    else groups.set(key, { labels, samples: [sample] });
  }
  return groups;
}

function kept(labels: Labels, names: readonly string[]): Labels {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = labels[name];
    if (value) found[name] = value;
  }
  return found;
}

function dropped(labels: Labels, listed: ReadonlySet<string>): Labels {
  return Object.fromEntries(Object.entries(withoutName(labels)).filter(([name]) => !listed.has(name)));
}
