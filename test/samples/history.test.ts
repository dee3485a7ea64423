import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMatcher } from '../../src/lib/regex.ts';
import { gauge, sample } from '../../src/model/sample.ts';
import { createHistory, type History, type SeriesValue, toSeries } from '../../src/samples/history.ts';

const bounds = { retentionMs: 60_000, maxSeries: 100, maxPoints: 1000 };
const named = (name: string) => [createMatcher('__name__', '=', name)];
const one = (name: string, value: number, labels = {}): SeriesValue => ({
  labels: { __name__: name, ...labels },
  value,
});

function pointsOf(history: History, name: string, from = -1, to = Number.POSITIVE_INFINITY) {
  return history.select(named(name), from, to).flatMap(({ points }) => points);
}

describe('createHistory', () => {
  it('gives the points after `from` and up to `to`', () => {
    const history = createHistory(bounds);
    for (const at of [10, 20, 30, 40]) history.append('w', at, [one('x', at / 10)]);
    expect(pointsOf(history, 'x', 10, 30)).toEqual([
      { t: 20, v: 2 },
      { t: 30, v: 3 },
    ]);
    expect(history.select(named('x'), 10, 35, 'newest')).toEqual([
      { labels: { __name__: 'x' }, points: [{ t: 30, v: 3 }] },
    ]);
    expect(history.select(named('x'), 40, 50)).toEqual([]);
  });

  it.each([
    ['=', 'a', ['a']],
    ['!=', 'a', ['b', '']],
    ['=~', 'a|', ['a', '']],
    ['!~', '[ab]', ['']],
  ] as const)('selects by %s %j, an absent label being empty', (operator, value, expected) => {
    const history = createHistory(bounds);
    history.append('w', 1, [one('x', 1, { l: 'a' }), one('x', 2, { l: 'b' }), one('x', 3), one('y', 4, { l: 'a' })]);
    const found = history.select([...named('x'), createMatcher('l', operator, value)], 0, 1);
    expect(found.map(({ labels }) => labels.l ?? '')).toEqual(expected);
  });

  it('selects without a name too', () => {
    const history = createHistory(bounds);
    history.append('w', 1, [one('x', 1, { l: 'a' }), one('y', 4, { l: 'a' })]);
    expect(history.select([createMatcher('l', '=', 'a')], 0, 1)).toHaveLength(2);
  });

  it("marks the end of a series that the writer's next append lacks, once", () => {
    const history = createHistory(bounds);
    history.append('w', 10, [one('x', 1), one('y', 1)]);
    history.append('other', 15, [one('z', 1)]);
    history.append('w', 20, [one('y', Number.NaN)]);
    history.append('w', 30, [one('y', 3)]);
    expect(pointsOf(history, 'x')).toEqual([
      { t: 10, v: 1 },
      { t: 20, v: Number.NaN, stale: true },
    ]);
    expect(pointsOf(history, 'y')).toEqual([
      { t: 10, v: 1 },
      { t: 20, v: Number.NaN },
      { t: 30, v: 3 },
    ]);
    expect(pointsOf(history, 'z')).toEqual([{ t: 15, v: 1 }]);
  });

  it('ends all series of a writer that appends nothing, and lets them come back', () => {
    const history = createHistory(bounds);
    history.append('w', 10, [one('x', 1)]);
    history.append('w', 20, []);
    history.append('w', 30, [one('x', 2)]);
    expect(pointsOf(history, 'x').map(({ stale = false }) => stale)).toEqual([false, true, false]);
  });

  it('refuses what is not newer, and a second value in one append, and does not end those series', () => {
    const history = createHistory(bounds);
    history.append('w', 20, [one('x', 1)]);
    expect(history.append('w', 20, [one('x', 2)])).toEqual({ refused: 1 });
    expect(history.append('w', 10, [one('x', 3)])).toEqual({ refused: 1 });
    expect(history.append('w', 30, [one('x', 4), one('x', 5)])).toEqual({ refused: 1 });
    expect(pointsOf(history, 'x')).toEqual([
      { t: 20, v: 1 },
      { t: 30, v: 4 },
    ]);
    expect(history.stats().refused).toBe(3);
  });

  it('drops points beyond the retention, and series without points', () => {
    const history = createHistory(bounds);
    history.append('w', 0, [one('x', 1), one('y', 1)]);
    history.append('w', 30_000, [one('x', 2)]);
    history.append('w', 60_000, [one('x', 3)]);
    expect(pointsOf(history, 'x').map(({ t }) => t)).toEqual([30_000, 60_000]);
    history.append('w', 100_000, [one('x', 4)]);
    expect(history.stats()).toEqual({ series: 1, points: 2, refused: 0 });
    expect(pointsOf(history, 'y')).toEqual([]);
  });

  it('keeps longer or shorter from the next append on', () => {
    const history = createHistory(bounds);
    history.append('w', 0, [one('x', 1)]);
    history.setRetention(500_000);
    history.append('w', 400_000, [one('x', 2)]);
    expect(history.stats().points).toBe(2);
    history.setRetention(1000);
    history.append('w', 400_001, [one('y', 1)]);
    history.append('w', 402_000, [one('y', 1)]);
    expect(history.stats()).toMatchObject({ series: 1, points: 1 });
  });

  it('starts anew where the clock was set back by more than the retention', () => {
    const history = createHistory(bounds);
    history.append('w', 9_000_000, [one('x', 1)]);
    expect(history.append('w', 8_970_000, [one('x', 2)])).toEqual({ refused: 1 });
    expect(history.append('w', 1_000_000, [one('x', 3)])).toEqual({ refused: 0 });
    expect(pointsOf(history, 'x')).toEqual([{ t: 1_000_000, v: 3 }]);
    expect(history.stats()).toMatchObject({ series: 1, points: 1 });
  });

  it('refuses new series at the bound while known ones live on', () => {
    const history = createHistory({ ...bounds, maxSeries: 1 });
    expect(history.append('w', 1, [one('x', 1), one('y', 1)])).toEqual({ refused: 1 });
    expect(history.append('w', 2, [one('x', 2)])).toEqual({ refused: 0 });
  });

  it('gives up the oldest point for the newest where the points are at their bound', () => {
    const history = createHistory({ ...bounds, maxPoints: 3 });
    for (const at of [1, 2, 3, 4, 5]) history.append('w', at, [one('x', at)]);
    expect(pointsOf(history, 'x').map(({ v }) => v)).toEqual([3, 4, 5]);
    expect(history.append('v', 6, [one('y', 1)])).toEqual({ refused: 1 });
  });

  it('never exceeds its bounds, and never forgets a point within them', () => {
    const append = fc.record({
      writer: fc.constantFrom('a', 'b'),
      step: fc.integer({ min: -5, max: 40 }),
      names: fc.uniqueArray(fc.constantFrom('p', 'q', 'r', 's', 't', 'u'), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(fc.array(append, { maxLength: 80 }), (appends) => {
        const small = { retentionMs: 100, maxSeries: 4, maxPoints: 12 };
        const history = createHistory(small);
        let at = 0;
        for (const { writer, step, names } of appends) {
          at += step;
          history.append(
            writer,
            at,
            names.map((name) => one(name, at)),
          );
          const { series, points } = history.stats();
          const kept = history.select(
            [createMatcher('__name__', '!=', '')],
            Number.NEGATIVE_INFINITY,
            Number.POSITIVE_INFINITY,
          );
          expect(series).toBeLessThanOrEqual(small.maxSeries);
          expect(points).toBeLessThanOrEqual(small.maxPoints);
          expect(kept.reduce((sum, { points }) => sum + points.length, 0)).toBe(points);
          for (const { points } of kept)
            expect(points.map(({ t }) => t)).toEqual(points.map(({ t }) => t).sort((a, b) => a - b));
        }
      }),
    );
  });
});

describe('toSeries', () => {
  const target = { job: 'runnerwatch', instance: 'host:9478' };
  const probe = gauge('probe_success', 'Success.', ['target', 'job', 'instance', 'exported_job']);

  it('attaches the target, moves own labels aside, drops empty ones and says up', () => {
    const samples = [sample(probe, { target: 'a', job: 'own', instance: '', exported_job: 'far' }, 1)];
    expect(toSeries(samples, target)).toEqual([
      {
        labels: {
          __name__: 'probe_success',
          target: 'a',
          exported_exported_job: 'own',
          exported_job: 'far',
          job: 'runnerwatch',
          instance: 'host:9478',
        },
        value: 1,
      },
      { labels: { __name__: 'up', job: 'runnerwatch', instance: 'host:9478' }, value: 1 },
    ]);
  });

  it('is not misled by a label object that it has seen for another family or target', () => {
    const labels = { target: 'a', job: '', instance: '', exported_job: '' };
    const other = gauge('probe_other', 'Other.', ['target', 'job', 'instance', 'exported_job']);
    const [first] = toSeries([sample(probe, labels, 1)], target);
    const [second] = toSeries([sample(other, labels, 1)], target);
    const [third] = toSeries([sample(other, labels, 1)], { ...target, job: 'else' });
    expect([first, second, third].map((series) => [series?.labels.__name__, series?.labels.job])).toEqual([
      ['probe_success', 'runnerwatch'],
      ['probe_other', 'runnerwatch'],
      ['probe_other', 'else'],
    ]);
  });
});
