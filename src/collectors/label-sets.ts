import type { MetricDef } from '../model/sample.ts';

/** What is counted for each label set of a family. */
export interface LabelSets<L extends string, S> {
  /** Undefined for a further one where there are too many already. */
  of(labels: Readonly<Record<L, string>>): S | undefined;
  /** The others go. */
  keepOnly(isWanted: (labels: Readonly<Record<L, string>>) => boolean): void;
  all(): readonly { readonly labels: Readonly<Record<L, string>>; readonly state: S }[];
}

/** More label sets than that are a mistake of whoever chooses the labels. */
const maxLabelSets = 1_000;

export function createLabelSets<L extends string, S>(
  metric: MetricDef<L>,
  fresh: () => S,
  maxSets: number = maxLabelSets,
): LabelSets<L, S> {
  const sets = new Map<string, { readonly labels: Readonly<Record<L, string>>; readonly state: S }>();
  return {
    of(labels) {
      const key = JSON.stringify(metric.labels.map((name) => labels[name]));
      const found = sets.get(key);
      if (found || sets.size >= maxSets) return found?.state;
      const state = fresh();
      sets.set(key, { labels, state });
      return state;
    },
    keepOnly(isWanted) {
      for (const [key, { labels }] of sets) if (!isWanted(labels)) sets.delete(key);
    },
    all: () => [...sets.values()],
  };
}
