import { histogramSamples, type MetricDef, type Sample } from '../model/sample.ts';
import { createLabelSets } from './label-sets.ts';

/** Values counted into the buckets of one histogram family, from the start of the process on. */
export interface Histogram<L extends string> {
  observe(labels: Readonly<Record<L, string>>, value: number): void;
  /** Shows the label set from now on, at 0 where nothing was observed: rate() does not see a series' first value. */
  expect(labels: Readonly<Record<L, string>>): void;
  /** The series of other label sets go. */
  keepOnly(isWanted: (labels: Readonly<Record<L, string>>) => boolean): void;
  samples(): readonly Sample[];
}

/** `bounds` ascend; a value that equals one belongs to it. Label sets beyond `maxSets` are not counted. */
export function createHistogram<L extends string>(
  metric: MetricDef<L>,
  bounds: readonly number[],
  maxSets?: number,
): Histogram<L> {
  const sets = createLabelSets(metric, () => ({ counts: bounds.map(() => 0), above: 0, sum: 0 }), maxSets);
  return {
    observe(labels, value) {
      const counted = sets.of(labels);
      if (!counted) return;
      const index = bounds.findIndex((bound) => value <= bound);
      if (index === -1) counted.above += 1;
      else counted.counts[index] = (counted.counts[index] ?? 0) + 1;
      counted.sum += value;
    },
    expect: (labels) => void sets.of(labels),
    keepOnly: sets.keepOnly,
    samples: () => sets.all().flatMap(({ labels, state }) => histogramSamples(metric, labels, { bounds, ...state })),
  };
}
