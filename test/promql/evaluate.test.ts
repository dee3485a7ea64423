import { describe, expect, it } from 'vitest';
import { createAnnotations } from '../../src/promql/annotations.ts';
import { PromqlError } from '../../src/promql/error.ts';
import { evaluate } from '../../src/promql/evaluate.ts';
import { parseExpr } from '../../src/promql/parse.ts';
import { line, load, notation, type TestSeries } from './load.ts';

const online = (runner: string, values: TestSeries['values']): TestSeries => ({
  labels: { __name__: 'github_runner_online', runner },
  values,
});

/** One point each 15 s from 0 to 300 s. */
const history = load([
  online('a', line(1, 0, 21)),
  online('b', line(0, 0, 21)),
  online('gone', [...line(1, 0, 10), 'stale']),
  { labels: { __name__: 'github_runner_info', runner: 'a', os: 'linux' }, values: line(1, 0, 21) },
  { labels: { __name__: 'github_runner_info', runner: 'b', os: 'macos' }, values: line(1, 0, 21) },
  { labels: { __name__: 'jobs_total', runner: 'a' }, values: line(0, 3, 21) },
  { labels: { __name__: 'jobs_total', runner: 'b' }, values: [...line(50, 3, 11), ...line(0, 3, 10)] },
]);

function results(text: string, atSeconds = 300): Readonly<Record<string, number>> {
  const value = evaluate(parseExpr(text), { storage: history, at: atSeconds * 1000 });
  if (value.type === 'scalar') return { scalar: value.value };
  if (value.type === 'string') return {};
  return Object.fromEntries(value.samples.map((sample) => [notation(sample.labels), sample.value]));
}

describe('evaluate', () => {
  it.each([
    ['2 + 3 * 4 ^ 2', { scalar: 50 }],
    ['time()', { scalar: 300 }],
    ['github_runner_online == 0', { 'github_runner_online{runner="b"}': 0 }],
    ['github_runner_online == bool 0', { '{runner="a"}': 0, '{runner="b"}': 1 }],
    ['sum(github_runner_online)', { '{}': 1 }],
    ['count by (os) (github_runner_info)', { '{os="linux"}': 1, '{os="macos"}': 1 }],
    ['rate(jobs_total[4m])', { '{runner="a"}': 0.2, '{runner="b"}': expect.closeTo(42 / 225, 9) }],
    [
      'github_runner_online * on(runner) group_left(os) github_runner_info',
      { '{runner="a",os="linux"}': 1, '{runner="b",os="macos"}': 0 },
    ],
    ['github_runner_online == 0 and on(runner) github_runner_info', { 'github_runner_online{runner="b"}': 0 }],
    ['github_runner_online unless on(runner) jobs_total', {}],
    ['absent(github_runner_online{runner="z"})', { '{runner="z"}': 1 }],
    ['topk(1, jobs_total)', { 'jobs_total{runner="a"}': 60 }],
    ['resets(jobs_total[5m])', { '{runner="a"}': 0, '{runner="b"}': 1 }],
    ['last_over_time(github_runner_online{runner="gone"}[5m])', { 'github_runner_online{runner="gone"}': 1 }],
  ])('%s', (text, expected) => {
    expect(results(text)).toEqual(expected);
  });

  it.each([
    [135, 1],
    [149, 1],
    [150, undefined],
  ])('ends a series at its staleness marker: at %d s', (seconds, value) => {
    expect(results('github_runner_online{runner="gone"}', seconds)['github_runner_online{runner="gone"}']).toBe(value);
  });

  it.each([
    [599, 60],
    [600, undefined],
  ])('looks back five minutes, the edge excluded: at %d s', (seconds, value) => {
    expect(results('jobs_total{runner="a"}', seconds)['jobs_total{runner="a"}']).toBe(value);
  });

  it('looks back as far as it is told', () => {
    const value = evaluate(parseExpr('jobs_total'), { storage: history, at: 330_000, lookbackMs: 20_000 });
    expect(value).toEqual({ type: 'vector', samples: [] });
  });

  it.each([
    [
      'github_runner_info * on() github_runner_online',
      /^found duplicate series for the match group \{\} on the right hand-side/,
    ],
    ['-{__name__=~"github_runner_online|jobs_total"}', /^vector cannot contain metrics with the same labelset$/],
    ['github_runner_online + on() vector(1)', /^multiple matches for labels: many-to-one matching must be explicit/],
    [
      'github_runner_online + on() group_left(runner) vector(1)',
      /^multiple matches for labels: grouping labels must ensure unique matches$/,
    ],
  ])('%s fails on the data', (text, message) => {
    expect(() => results(text)).toThrow(PromqlError);
    expect(() => results(text)).toThrow(message);
  });

  it('tells what Prometheus tells beside a result, with its place', () => {
    const annotations = createAnnotations();
    const text = 'rate(github_runner_online[1m])\n  > quantile(2, jobs_total)';
    evaluate(parseExpr(text), { storage: history, at: 300_000, annotations });
    expect(annotations.listed(text)).toEqual({
      warnings: ['PromQL warning: quantile value should be between 0 and 1, got 2 (2:14)'],
      infos: [
        'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "github_runner_online" (1:6)',
      ],
    });
  });

  it.each([
    [
      'max_over_time(jobs_total[100d:1s])',
      'a subquery of 8640000 steps is more than the 100000 that are allowed; shorten its range or lengthen its step',
    ],
    [
      'max_over_time(jobs_total[100y:])',
      'a subquery of 52560000 steps is more than the 100000 that are allowed; shorten its range or lengthen its step',
    ],
    [
      'count_over_time(vector(1)[60000s:1s]) + max_over_time(count_over_time(vector(1)[60000s:1s])[60000s:1s])',
      'a subquery of 119999 steps is more than the 100000 that are allowed; shorten its range or lengthen its step',
    ],
    [
      'max_over_time(sum(sum_over_time(vector(1)[5000s:1s]))[5000s:1s])',
      'query processing would load too many samples: more than 10000000 in one evaluation; select fewer series, a ' +
        'shorter range or a longer step',
    ],
  ])('bounds its work: %s', (text, message) => {
    expect(() => results(text)).toThrow(message);
  });

  it('reads a series once for all steps of a subquery', () => {
    const asked: unknown[] = [];
    const storage = {
      select: (_: unknown, from: number, to: number, want?: string) => {
        asked.push([from, to, want]);
        return [];
      },
    };
    evaluate(parseExpr('max_over_time((x + rate(y[2m] @ end()))[10m:1m] offset 1m)'), { storage, at: 1_000_000 });
    expect(asked).toEqual([
      [60_000, 900_000, 'all'],
      [880_000, 1_000_000, 'all'],
    ]);
  });

  it('asks the storage for no more than it needs', () => {
    const asked: unknown[] = [];
    const storage = {
      select: (_: unknown, from: number, to: number, want?: string) => {
        asked.push([from, to, want]);
        return [];
      },
    };
    evaluate(parseExpr('x offset 1m + rate(y[2m])'), { storage, at: 1_000_000 });
    expect(asked).toEqual([
      [640_000, 940_000, 'newest'],
      [880_000, 1_000_000, 'all'],
    ]);
  });
});
