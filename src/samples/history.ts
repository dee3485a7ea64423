import { matchesAll } from '../model/matcher.ts';
import type { Point, Queryable, SeriesValue } from './series.ts';
import { createSeriesIndex, type Series } from './series-index.ts';

export { toSeries } from './scrape.ts';
export type { Point, Queryable, SeriesValue };

export interface HistoryBounds {
  readonly retentionMs: number;
  readonly maxSeries: number;
  readonly maxPoints: number;
}

export interface History extends Queryable {
  /**
   * One scrape or one rule evaluation of `writer`. A series that the writer's previous append had and this one lacks
   * gets a staleness marker; so a writer that ends says so by appending nothing. Refused are points that are not newer
   * than their series' newest, a second value for one series, and new series beyond the bounds.
   */
  append(writer: string, at: number, series: readonly SeriesValue[]): { readonly refused: number };
  setRetention(ms: number): void;
  stats(): { readonly series: number; readonly points: number; readonly refused: number };
}

/** A full sweep for ended series runs this often within one retention; their points are out of every query anyway. */
const sweepsPerRetention = 8;
const none: ReadonlySet<Series> = new Set();

/** A store in memory. Where `maxPoints` is reached a living series gives up its oldest point for its newest. */
export function createHistory({ retentionMs, maxSeries, maxPoints }: HistoryBounds): History {
  const index = createSeriesIndex();
  const written = new Map<string, ReadonlySet<Series>>();
  let retention = retentionMs;
  let sweptAt = Number.NEGATIVE_INFINITY;
  let points = 0;
  let refused = 0;

  function write({ ring }: Series, at: number, value: number, stale: boolean): boolean {
    if (at <= ring.newest) return false;
    points -= ring.dropUntil(at - retention);
    if (points >= maxPoints) {
      ring.dropOldest();
      points--;
    }
    ring.push(at, value, stale);
    points++;
    return true;
  }

  /** Writes one append's values; says which series live, and how many values were refused. */
  function writeAll(values: readonly SeriesValue[], at: number): { living: Set<Series>; lost: number } {
    const living = new Set<Series>();
    let lost = 0;
    for (const { labels, value } of values) {
      const isFull = index.size >= maxSeries || points >= maxPoints;
      const series = index.find(labels) ?? (isFull ? undefined : index.add(labels));
      if (!series || living.has(series) || !write(series, at, value, false)) lost++;
      // A refused point still shows that its series lives.
      if (series) living.add(series);
    }
    return { living, lost };
  }

  function sweep(at: number): void {
    if (Math.abs(at - sweptAt) < retention / sweepsPerRetention) return;
    sweptAt = at;
    for (const series of index.all()) {
      // A clock that was set back leaves points far ahead; they would lock their series until time is there again.
      const isAhead = series.ring.newest > at + retention;
      points -= series.ring.dropUntil(isAhead ? series.ring.newest : at - retention);
      if (series.ring.size === 0) index.remove(series);
    }
  }

  return {
    append(writer, at, values) {
      sweep(at);
      const { living, lost } = writeAll(values, at);
      for (const series of written.get(writer) ?? none) {
        if (!living.has(series) && index.has(series)) write(series, at, Number.NaN, true);
      }
      if (living.size > 0) written.set(writer, living);
      else written.delete(writer);
      refused += lost;
      return { refused: lost };
    },
    setRetention(ms) {
      retention = ms;
      sweptAt = Number.NEGATIVE_INFINITY;
    },
    stats: () => ({ series: index.size, points, refused }),
    select(matchers, from, to, want = 'all') {
      return [...index.candidates(matchers)]
        .filter(({ labels }) => matchesAll(labels, matchers))
        .map(({ labels, ring }) => ({ labels, points: ring.read(from, to, want === 'newest') }))
        .filter(({ points }) => points.length > 0);
    },
  };
}
