import { type Labels, labelKey } from '../model/labels.ts';
import type { AggregateExpr, ValueType } from './ast.ts';
import { maximum, mean, minimum, quantile, sum, variance } from './statistics.ts';
import { type VectorSample, type VectorValue, vector, withoutName } from './value.ts';

/** An aggregation as a plain object: one number per group, or some of the group's own elements. */
interface Aggregation {
  /** The type of what stands before the vector, if anything. */
  readonly parameter?: ValueType;
  readonly fold?: (values: readonly number[], parameter: number) => number;
  readonly pick?: (samples: readonly VectorSample[], parameter: number) => readonly VectorSample[];
}

export const aggregations: Readonly<Record<string, Aggregation>> = {
  sum: { fold: sum },
  avg: { fold: mean },
  min: { fold: minimum },
  max: { fold: maximum },
  count: { fold: (values) => values.length },
  group: { fold: () => 1 },
  stddev: { fold: (values) => Math.sqrt(variance(values)) },
  stdvar: { fold: variance },
  quantile: { parameter: 'scalar', fold: (values, q) => quantile(q, values) },
  topk: { parameter: 'scalar', pick: (samples, k) => firstK(samples, k, (a, b) => nanLast(a, b) || b - a) },
  bottomk: { parameter: 'scalar', pick: (samples, k) => firstK(samples, k, (a, b) => nanLast(a, b) || a - b) },
};

export function evaluateAggregate(
  { operator, without, labels }: AggregateExpr,
  samples: readonly VectorSample[],
  parameter: number,
  at: number,
): VectorValue {
  const aggregation = aggregations[operator] ?? {};
  const groups = [...grouped(samples, labels, without).values()];
  const { fold, pick } = aggregation;
  if (pick) return vector(groups.flatMap((group) => pick(group.samples, parameter)));
  return vector(
    groups.map((group) => ({
      labels: group.labels,
      value:
        fold?.(
          group.samples.map(({ value }) => value),
          parameter,
        ) ?? Number.NaN,
      at,
    })),
  );
}

interface Group {
  readonly labels: Labels;
  readonly samples: VectorSample[];
}

function grouped(samples: readonly VectorSample[], names: readonly string[], without: boolean): Map<string, Group> {
  const groups = new Map<string, Group>();
  const listed = new Set(names);
  for (const sample of samples) {
    const labels = without ? dropped(sample.labels, listed) : kept(sample.labels, names);
    const key = without ? labelKey(labels) : names.map((name) => labels[name] ?? '').join('\xff');
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

function firstK(
  samples: readonly VectorSample[],
  k: number,
  order: (a: number, b: number) => number,
): readonly VectorSample[] {
  const count = Math.max(0, Math.trunc(k));
  return [...samples].sort((a, b) => order(a.value, b.value)).slice(0, count);
}

/** A NaN is neither large nor small: it comes only where nothing else is left. */
function nanLast(a: number, b: number): number {
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}
