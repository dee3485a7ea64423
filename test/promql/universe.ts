import type { Labels } from '../../src/model/labels.ts';
import { series as corpus } from './corpus.ts';
import { line, stepMs, type TestSeries } from './load.ts';
import { randomSeries } from './random.ts';

const steps = 81;

/** Cumulative buckets that grow at the given rates per step. */
function histogram(name: string, labels: Labels, rates: Readonly<Record<string, number>>): readonly TestSeries[] {
  return Object.entries(rates).map(([le, rate]) => ({
    labels: { __name__: `${name}_bucket`, ...labels, le },
    values: line(0, rate, steps),
  }));
}

function constant(name: string, labels: Labels, value: number): TestSeries {
  return { labels: { __name__: name, ...labels }, values: Array<number>(steps).fill(value) };
}

const histograms: readonly TestSeries[] = [
  ...histogram('latency_seconds', { job: 'api' }, { '0.1': 3, '0.5': 7, '1': 9, '+Inf': 10 }),
  ...histogram('latency_seconds', { job: 'web' }, { '0.1': 0, '0.5': 0, '1': 4, '+Inf': 4 }),
  ...histogram('latency_seconds', { job: 'idle' }, { '0.1': 0, '0.5': 0, '1': 0, '+Inf': 0 }),
  // Not monotonic; a difference within the tolerance; no +Inf; one bound written in two ways; bounds below 0.
  ...histogram('crooked_seconds', { job: 'api' }, { '0.1': 5, '0.5': 4, '1': 9, '+Inf': 8 }),
  ...histogram('nearly_seconds', { job: 'api' }, { '0.1': 5, '0.5': 5 - 1e-13, '1': 9, '+Inf': 9 }),
  ...histogram('open_seconds', { job: 'api' }, { '0.1': 5, '0.5': 6 }),
  ...histogram('twice_seconds', { job: 'api' }, { '1': 5, '1.0': 2, '2': 9, '+Inf': 9 }),
  ...histogram('degrees', { job: 'api' }, { '-10': 2, '-1': 3, '0': 5, '20': 9, '+Inf': 9 }),
  ...histogram('lone_seconds', { job: 'api' }, { '+Inf': 3 }),
  ...histogram('bad_seconds', { job: 'api' }, { '0.1': 1, much: 2, '0x1p2': 3, '+Inf': 5 }),
  constant('bad_seconds_bucket', { job: 'none' }, 1),
];

const others: readonly TestSeries[] = [
  constant('moment', { at: 'epoch' }, 0),
  constant('moment', { at: 'leap' }, 1_709_210_096),
  constant('moment', { at: 'before' }, -1.5),
  constant('moment', { at: 'newyear' }, 1_767_225_599.9),
  constant('moment', { at: 'far' }, 253_402_300_800),
  constant('angle', { of: 'zero' }, 0),
  constant('angle', { of: 'minus' }, -0),
  constant('angle', { of: 'half' }, 0.5),
  constant('angle', { of: 'large' }, 12_345.678),
  constant('angle', { of: 'negative' }, -0.75),
  constant('instance_info', { instance: 'host-1.example:9100', path: '/var/lib', empty_like: 'x' }, 1),
  constant('instance_info', { instance: 'host-2.example:9100', path: '/home' }, 2),
  constant('instance_info', { instance: 'plain', path: 'line\nbreak' }, 3),
  constant('instance_info', { instance: 'ünï' }, 4),
  constant('build', { version: '1', branch: 'main' }, 1),
  constant('build', { version: '2', branch: 'main' }, 1),
  constant('build', { version: '2', branch: 'topic' }, 2.5),
  constant('build', { version: '3', branch: 'topic' }, 1e21),
  constant('build', { version: '4', branch: 'topic' }, 1e-7),
  // A renamed metric: the same labels, one after the other.
  { labels: { __name__: 'old_total', job: 'api' }, values: [...line(1, 1, 40), 'stale'] },
  { labels: { __name__: 'new_total', job: 'api' }, values: [...Array<'_'>(45).fill('_'), ...line(1, 2, 36)] },
  { labels: { __name__: 'slope' }, values: line(0, 1, steps).map((v) => 3 * v + Math.cos(v)) },
  { labels: { __name__: 'flat' }, values: line(7, 0, steps) },
  { labels: { __name__: 'endless' }, values: line(0, 0, steps).map(() => Number.POSITIVE_INFINITY) },
  { labels: { __name__: 'mixed', kind: 'nan' }, values: line(1, 1, steps).map((v) => (v % 4 === 0 ? Number.NaN : v)) },
  { labels: { __name__: 'mixed', kind: 'inf' }, values: line(1, 1, steps).map((v) => (v % 7 === 0 ? -Infinity : v)) },
  { labels: { __name__: 'mixed', kind: 'huge' }, values: line(1, 1, steps).map((v) => (v % 3 === 0 ? 1e308 : -1e300)) },
];

/** What both engines hold. */
export const universe: readonly TestSeries[] = [...corpus, ...histograms, ...others, ...randomSeries];

/** Not on a minute: subqueries are aligned to the absolute time, not to the data. */
export const epochMs = 1_700_000_007_000;

/** As remote write takes it. */
export function written(series: readonly TestSeries[], from: number) {
  return series.map(({ labels, values }) => ({
    labels,
    points: values.flatMap((v, step) => (v === '_' ? [] : [{ t: from + step * stepMs, v }])),
  }));
}
