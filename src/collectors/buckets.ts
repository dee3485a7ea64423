import { type Buckets, histogramSamples, type MetricDef, type Sample } from '../model/sample.ts';

/** Values counted into the buckets of one histogram family, from the start of the process on. */
export interface Histogram<L extends string> {
  observe(labels: Readonly<Record<L, string>>, value: number): void;
  /** Shows the label set from now on, at 0 where nothing was observed: rate() does not see a series' first value. */
  expect(labels: Readonly<Record<L, string>>): void;
  samples(): readonly Sample[];
}

/** More label sets than that are a mistake of whoever chooses the labels; further ones are not counted. */
const maxLabelSets = 1_000;

interface Series<L extends string> {
  readonly labels: Readonly<Record<L, string>>;
  readonly counts: number[];
  above: number;
  sum: number;
}

/** `bounds` ascend; a value that equals one belongs to it. */
export function createHistogram<L extends string>(
  metric: MetricDef<L>,
  bounds: readonly number[],
  maxSets: number = maxLabelSets,
): Histogram<L> {
  const known = new Map<string, Series<L>>();

  function seriesOf(labels: Readonly<Record<L, string>>): Series<L> | undefined {
    const key = JSON.stringify(metric.labels.map((name) => labels[name]));
    const found = known.get(key);
    if (found || known.size >= maxSets) return found;
    const series = { labels, counts: bounds.map(() => 0), above: 0, sum: 0 };
    known.set(key, series);
    return series;
  }

  return {
    observe(labels, value) {
      const series = seriesOf(labels);
      if (series) count(series, bounds, value);
    },
    expect: (labels) => void seriesOf(labels),
    samples: () =>
      [...known.values()].flatMap(({ labels, ...counted }) =>
        histogramSamples(metric, labels as Readonly<Record<string, string>>, { bounds, ...counted } satisfies Buckets),
      ),
  };
}

function count<L extends string>(series: Series<L>, bounds: readonly number[], value: number): void {
  const index = bounds.findIndex((bound) => value <= bound);
  if (index === -1) series.above += 1;
  else series.counts[index] = (series.counts[index] ?? 0) + 1;
  series.sum += value;
}
