import { type Annotations, warnOfQuantile } from './annotations.ts';
import type { AggregateExpr, ValueType } from './ast.ts';
import { PromqlError } from './error.ts';
import { type Group, grouped, groupedByValue } from './grouping.ts';
import { maximum, mean, minimum, quantile, sum, variance } from './statistics.ts';
import { formatNumber, type PartValue, type VectorSample, type VectorValue, vector } from './value.ts';

/** What an aggregation is given beside its groups. `at` is the evaluation's time, ms. */
interface Given {
  readonly parameter: PartValue | undefined;
  readonly at: number;
}

/** An aggregation as a plain object. */
interface Aggregation {
  /** The type of what stands before the vector, if anything. */
  readonly parameter?: ValueType;
  /** What one group, never empty, becomes. */
  evaluate(group: Group, given: Given): readonly VectorSample[];
}

/** One number per group. */
function folding(fold: (values: readonly number[], parameter: number) => number, parameter?: 'scalar'): Aggregation {
  return {
    ...(parameter ? { parameter } : {}),
    evaluate({ labels, samples }, { parameter: given, at }) {
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
      [...samples]
        .sort((a, b) => nanLast(a.value, b.value) || order(a.value, b.value))
        .slice(0, countOf(given.parameter)),
  };
}

function nanLast(a: number, b: number): number {
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function numberOf(parameter: PartValue | undefined): number {
  return parameter?.type === 'scalar' ? parameter.value : Number.NaN;
}

function textOf(parameter: PartValue | undefined): string {
  return parameter?.type === 'string' ? parameter.value : '';
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
    count_values: { ...folding((values) => values.length), parameter: 'string' },
    topk: picking((a, b) => b - a),
    bottomk: picking((a, b) => a - b),
  }),
);

export function evaluateAggregate(
  expr: AggregateExpr,
  samples: readonly VectorSample[],
  { annotations, ...given }: Given & { readonly annotations: Annotations },
): VectorValue {
  const { operator, args } = expr;
  const unit = aggregations.get(operator);
  if (!unit) throw new TypeError(`no aggregation ${operator}`);
  if (operator === 'quantile') warnOfQuantile(annotations, numberOf(given.parameter), args[0]?.span ?? expr.span);
  const groups =
    operator === 'count_values' ? groupedByValue(expr, textOf(given.parameter), samples) : grouped(expr, samples);
  return vector(groups.flatMap((group) => unit.evaluate(group, given)));
}

/** Fails before the arguments are evaluated, on what is written alone. */
export function refuseAggregate({ operator, args }: AggregateExpr): void {
  const [label] = args;
  if (operator !== 'count_values' || label?.kind !== 'string' || label.value !== '') return;
  throw new PromqlError('invalid label name ""');
}
