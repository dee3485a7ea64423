import { type Labels, labelKey } from '../model/labels.ts';
import type { Matcher } from '../model/matcher.ts';
import { createChunkPool } from './chunks.ts';
import { Ring } from './ring.ts';

/** One stored series. */
export interface Series {
  readonly key: string;
  readonly labels: Labels;
  readonly ring: Ring;
  /** Whether the index still has it. */
  isKept: boolean;
  /** The append that last had it: see `createHistory`. */
  seenIn: number;
}

/** The series that there are, found by label set or by matchers. */
export interface SeriesIndex {
  readonly size: number;
  find(labels: Labels): Series | undefined;
  add(labels: Labels): Series;
  remove(series: Series): void;
  all(): Iterable<Series>;
  /** A superset of what matches. */
  candidates(matchers: readonly Matcher[]): Iterable<Series>;
}

export function createSeriesIndex(): SeriesIndex {
  const pool = createChunkPool();
  const byKey = new Map<string, Series>();
  const byName = new Map<string, Set<Series>>();
  /** Spares the making of a key for a label object that is known; see `nextPicture`. */
  const byObject = new WeakMap<Labels, Series>();

  return {
    get size() {
      return byKey.size;
    },
    find(labels) {
      const remembered = byObject.get(labels);
      if (remembered?.isKept) return remembered;
      const series = byKey.get(labelKey(labels));
      if (series) byObject.set(labels, series);
      return series;
    },
    add(labels) {
      const series = { key: labelKey(labels), labels, ring: new Ring(pool), isKept: true, seenIn: 0 };
      const name = labels.__name__ ?? '';
      byKey.set(series.key, series);
      byName.set(name, (byName.get(name) ?? new Set()).add(series));
      byObject.set(labels, series);
      return series;
    },
    remove(series) {
      const name = series.labels.__name__ ?? '';
      const named = byName.get(name);
      named?.delete(series);
      if (named?.size === 0) byName.delete(name);
      byKey.delete(series.key);
      series.isKept = false;
    },
    all: () => byKey.values(),
    candidates(matchers) {
      // Nearly every query names its metric; that is the only index.
      const named = matchers.find(({ name, operator }) => name === '__name__' && operator === '=');
      return named ? (byName.get(named.value) ?? []) : byKey.values();
    },
  };
}
