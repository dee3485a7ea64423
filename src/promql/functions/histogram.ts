import type { Labels } from '../../model/labels.ts';
import { warnOfQuantile } from '../annotations.ts';
import { type Bucket, bucketFraction, bucketQuantile } from '../buckets.ts';
import { parseGoFloat } from '../literals.ts';
import { keyOf, refuseDuplicates, type Value, vector, withoutName } from '../value.ts';
import { type Call, type PromqlFunction, samplesOf, scalarOf, spanOfArgument } from './function.ts';

interface ClassicHistogram {
  /** Without `le`, with the name. */
  readonly labels: Labels;
  readonly buckets: readonly Bucket[];
}

/** The elements of an argument by their labels beside `le`; one whose `le` is no number is left out with a warning. */
function histogramsOf(call: Call, index: number): readonly ClassicHistogram[] {
  const found = new Map<string, ClassicHistogram & { readonly buckets: Bucket[] }>();
  for (const { labels: all, value: count } of samplesOf(call, index)) {
    const { le = '', ...labels } = all;
    const bound = parseGoFloat(le);
    if (bound === undefined) {
      const name = JSON.stringify(all.__name__ ?? '');
      const fault = `bucket label "le" is missing or has a malformed value of ${JSON.stringify(le)} for metric name ${name}`;
      call.annotations.warn(fault, spanOfArgument(call, index));
      continue;
    }
    const key = keyOf(labels);
    const histogram = found.get(key) ?? { labels, buckets: [] };
    histogram.buckets.push({ bound, count });
    found.set(key, histogram);
  }
  return [...found.values()];
}

function perHistogram(call: Call, index: number, measure: (histogram: ClassicHistogram) => number): Value {
  const samples = histogramsOf(call, index).map((histogram) => ({
    labels: withoutName(histogram.labels),
    value: measure(histogram),
    at: call.at,
  }));
  refuseDuplicates(samples);
  return vector(samples);
}

function histogramQuantile(call: Call): Value {
  const q = scalarOf(call, 0, Number.NaN);
  warnOfQuantile(call.annotations, q, spanOfArgument(call, 0));
  return perHistogram(call, 1, ({ labels, buckets }) => {
    const { value, isForced } = bucketQuantile(q, buckets);
    if (isForced) informOfForce(call, labels.__name__ ?? '');
    return value;
  });
}

const quantileDocs = 'https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile';

function informOfForce(call: Call, name: string): void {
  const message = `input to histogram_quantile needed to be fixed for monotonicity (see ${quantileDocs})`;
  call.annotations.inform(`${message} for metric name ${JSON.stringify(name)}`, spanOfArgument(call, 1));
}

function histogramFraction(call: Call): Value {
  const [lower, upper] = [scalarOf(call, 0, Number.NaN), scalarOf(call, 1, Number.NaN)];
  return perHistogram(call, 2, ({ buckets }) => bucketFraction(lower, upper, buckets));
}

export const histogramFunctions: readonly PromqlFunction[] = [
  { name: 'histogram_quantile', args: ['scalar', 'vector'], result: 'vector', evaluate: histogramQuantile },
  { name: 'histogram_fraction', args: ['scalar', 'scalar', 'vector'], result: 'vector', evaluate: histogramFraction },
];
