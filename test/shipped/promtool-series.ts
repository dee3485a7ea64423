import type { Labels } from '../../src/model/labels.ts';

/** One scrape of a series: its value, `stale` where it is said to be gone, undefined where nothing was said. */
type Point = number | 'stale' | undefined;

export interface TestSeries {
  readonly labels: Labels;
  readonly points: readonly Point[];
}

/** A series of promtool's test files: `name{label="value"}` and `1 0x3 5+10x2 _x2 stale`. */
export function testSeries({ series, values }: { readonly series: string; readonly values: string }): TestSeries {
  const [, name, inner = ''] = /^([\w:]+)(?:\{(.*)\})?$/.exec(series) ?? [];
  if (name === undefined) throw new Error(`found ${series}, expected a series`);
  const pairs = [...inner.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]);
  const labels = { __name__: name, ...Object.fromEntries(pairs.filter(([, value]) => value !== '')) };
  return { labels, points: values.split(/\s+/).flatMap(pointsOf) };
}

function pointsOf(word: string): readonly Point[] {
  if (word === 'stale') return ['stale'];
  const [, nothing, first, step = '0', times = '0'] = /^(?:(_)|(-?[\d.]+))(?:([+-][\d.]+)?x(\d+))?$/.exec(word) ?? [];
  // `_x3` is three times nothing; `1x3` is 1 and three more.
  if (nothing !== undefined) return Array.from({ length: Number(times) || 1 }, () => undefined);
  if (first === undefined) throw new Error(`found ${word}, expected a value of a series`);
  return Array.from({ length: Number(times) + 1 }, (_, index) => Number(first) + index * Number(step));
}
