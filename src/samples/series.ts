import type { Labels } from '../model/labels.ts';
import type { Matcher } from '../model/matcher.ts';

export interface Point {
  /** Milliseconds since the epoch. */
  readonly t: number;
  readonly v: number;
  /** A staleness marker: the series ended here. Its `v` says nothing. */
  readonly stale?: true;
}

export interface StoredSeries {
  /** With `__name__`. */
  readonly labels: Labels;
  /** Ascending in time. */
  readonly points: readonly Point[];
}

export interface Queryable {
  /**
   * The series that match, with their points in (from, to], staleness markers included. Series without a point there
   * are left out. `newest` asks for the last point only; a store may ignore that and give all.
   */
  select(matchers: readonly Matcher[], from: number, to: number, want?: 'all' | 'newest'): readonly StoredSeries[];
}

export interface SeriesValue {
  /** With `__name__`. */
  readonly labels: Labels;
  readonly value: number;
}
