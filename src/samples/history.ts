import type { Labels } from '../model/labels.ts';
import { matchesAll } from '../model/matcher.ts';
import type { Point, Queryable, SeriesValue, StoredSeries } from './series.ts';
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

/** What a writer's last append had, in its order. One for its life: a copy at each append would be megabytes. */
interface Written {
  readonly labels: Labels[];
  readonly series: (Series | undefined)[];
}

/** A store in memory. Where `maxPoints` is reached a living series gives up its oldest point for its newest. */
export function createHistory({ retentionMs, maxSeries, maxPoints }: HistoryBounds): History {
  const index = createSeriesIndex();
  const written = new Map<string, Written>();
  let retention = retentionMs;
  let sweptAt = Number.NEGATIVE_INFINITY;
  let points = 0;
  let refused = 0;
  let appends = 0;

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

  /**
   * Writes one append's values; says what took the place of another in the writer's order, and how many were refused.
   * Mostly a writer says the same series in the same order: then no map is asked, and nothing is made.
   */
  function writeAll(values: readonly SeriesValue[], at: number, known: Written): { gone: Series[]; lost: number } {
    const gone: Series[] = [];
    let lost = 0;
    appends++;
    values.forEach(({ labels, value }, place) => {
      const last = known.series[place];
      const series = known.labels[place] === labels && last?.isKept ? last : seriesFor(labels);
      if (last && last !== series) gone.push(last);
      known.labels[place] = labels;
      known.series[place] = series;
      if (!series || !writeOnce(series, at, value)) lost++;
    });
    return { gone, lost };
  }

  /** A refused point still shows that its series lives. */
  function writeOnce(series: Series, at: number, value: number): boolean {
    const isFirst = series.seenIn !== appends;
    series.seenIn = appends;
    return isFirst && write(series, at, value, false);
  }

  function seriesFor(labels: Labels): Series | undefined {
    const isFull = index.size >= maxSeries || points >= maxPoints;
    return index.find(labels) ?? (isFull ? undefined : index.add(labels));
  }

  /** What the append before had, and this one has not. */
  function endGone(gone: readonly (Series | undefined)[], at: number): void {
    for (const last of gone) if (last?.isKept && last.seenIn !== appends) write(last, at, Number.NaN, true);
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
      const known = written.get(writer) ?? { labels: [], series: [] };
      const { gone, lost } = writeAll(values, at, known);
      endGone([...gone, ...known.series.splice(values.length)], at);
      known.labels.length = values.length;
      if (values.length > 0) written.set(writer, known);
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
      const found: StoredSeries[] = [];
      for (const { labels, ring } of index.candidates(matchers)) {
        if (!matchesAll(labels, matchers)) continue;
        const points = ring.read(from, to, want === 'newest');
        if (points.length > 0) found.push({ labels, points });
      }
      return found;
    },
  };
}
