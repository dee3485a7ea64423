import { type Labels, labelKey } from '../model/labels.ts';
import { type Matcher, matchesAll } from '../model/matcher.ts';
import { Ring } from './ring.ts';
import type { Point, Queryable, SeriesValue, StoredSeries } from './series.ts';

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

interface Series {
  readonly key: string;
  readonly labels: Labels;
  readonly ring: Ring;
}

/** A full sweep for ended series runs this often within one retention; their points are out of every query anyway. */
const sweepsPerRetention = 8;
const none: ReadonlySet<Series> = new Set();

/** A store in memory. Where `maxPoints` is reached a living series gives up its oldest point for its newest. */
export function createHistory({ retentionMs, maxSeries, maxPoints }: HistoryBounds): History {
  const byKey = new Map<string, Series>();
  const byName = new Map<string, Set<Series>>();
  const byObject = new WeakMap<Labels, Series>();
  const written = new Map<string, ReadonlySet<Series>>();
  let retention = retentionMs;
  let sweptAt = Number.NEGATIVE_INFINITY;
  let points = 0;
  let refused = 0;

  function seriesOf(labels: Labels): Series | undefined {
    const remembered = byObject.get(labels);
    if (remembered && byKey.get(remembered.key) === remembered) return remembered;
    const key = labelKey(labels);
    const series = byKey.get(key) ?? create(key, labels);
    if (series) byObject.set(labels, series);
    return series;
  }

  function create(key: string, labels: Labels): Series | undefined {
    if (byKey.size >= maxSeries || points >= maxPoints) return undefined;
    const series = { key, labels, ring: new Ring() };
    const name = labels.__name__ ?? '';
    byKey.set(key, series);
    byName.set(name, (byName.get(name) ?? new Set()).add(series));
    return series;
  }

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

  function sweep(at: number): void {
    if (Math.abs(at - sweptAt) < retention / sweepsPerRetention) return;
    sweptAt = at;
    for (const series of byKey.values()) {
      // A clock that was set back leaves points far ahead; they would lock their series until time is there again.
      const isAhead = series.ring.newest > at + retention;
      points -= series.ring.dropUntil(isAhead ? series.ring.newest : at - retention);
      if (series.ring.size === 0) remove(series);
    }
  }

  function remove({ key, labels }: Series): void {
    const name = labels.__name__ ?? '';
    const named = byName.get(name);
    const series = byKey.get(key);
    if (series) named?.delete(series);
    if (named?.size === 0) byName.delete(name);
    byKey.delete(key);
  }

  function markEnded(before: ReadonlySet<Series>, now: ReadonlySet<Series>, at: number): void {
    for (const series of before) {
      if (!now.has(series) && byKey.get(series.key) === series) write(series, at, Number.NaN, true);
    }
  }

  return {
    append(writer, at, values) {
      sweep(at);
      const now = new Set<Series>();
      let lost = 0;
      for (const { labels, value } of values) {
        const series = seriesOf(labels);
        if (!series || now.has(series) || !write(series, at, value, false)) lost++;
        // A refused point still shows that its series lives.
        if (series) now.add(series);
      }
      markEnded(written.get(writer) ?? none, now, at);
      if (now.size > 0) written.set(writer, now);
      else written.delete(writer);
      refused += lost;
      return { refused: lost };
    },
    setRetention(ms) {
      retention = ms;
      sweptAt = Number.NEGATIVE_INFINITY;
    },
    stats: () => ({ series: byKey.size, points, refused }),
    select(matchers, from, to, want = 'all') {
      const found: StoredSeries[] = [];
      for (const { labels, ring } of candidates(byKey, byName, matchers)) {
        if (!matchesAll(labels, matchers)) continue;
        const inWindow = ring.read(from, to, want === 'newest');
        if (inWindow.length > 0) found.push({ labels, points: inWindow });
      }
      return found;
    },
  };
}

/** Nearly every query names its metric; that is the only index. */
function candidates(
  byKey: ReadonlyMap<string, Series>,
  byName: ReadonlyMap<string, ReadonlySet<Series>>,
  matchers: readonly Matcher[],
): Iterable<Series> {
  const named = matchers.find(({ name, operator }) => name === '__name__' && operator === '=');
  return named ? (byName.get(named.value) ?? none) : byKey.values();
}
