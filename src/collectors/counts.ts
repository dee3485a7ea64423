import { type MetricDef, type Sample, sample } from '../model/sample.ts';
import { createLabelSets } from './label-sets.ts';

/** Events counted into the series of one counter family, from the start of the process on. */
export interface Counts<L extends string> {
  add(labels: Readonly<Record<L, string>>): void;
  /** Shows the label set from now on, at 0 where nothing was counted: rate() does not see a series' first value. */
  expect(labels: Readonly<Record<L, string>>): void;
  /** The series of other label sets go. */
  keepOnly(isWanted: (labels: Readonly<Record<L, string>>) => boolean): void;
  /** The label sets that are shown. */
  labels(): readonly Readonly<Record<L, string>>[];
  samples(): readonly Sample[];
}

/** Label sets beyond `maxSets` are not counted. */
export function createCounts<L extends string>(metric: MetricDef<L>, maxSets?: number): Counts<L> {
  const sets = createLabelSets(metric, () => ({ count: 0 }), maxSets);
  return {
    add(labels) {
      const counted = sets.of(labels);
      if (counted) counted.count += 1;
    },
    expect: (labels) => void sets.of(labels),
    keepOnly: sets.keepOnly,
    labels: () => sets.all().map(({ labels }) => labels),
    samples: () => sets.all().map(({ labels, state }) => sample(metric, labels, state.count)),
  };
}
