import type { Labels } from '../../src/model/labels.ts';
import { createHistory, type History } from '../../src/samples/history.ts';

/** A series in promtool's words: one value per step, `_` for a step without one, `stale` for its end. */
export interface TestSeries {
  readonly labels: Labels;
  readonly values: readonly (number | '_' | 'stale')[];
}

export const stepMs = 15_000;

/** Loads the series from a time on, each as a writer of its own, so that a gap is not taken for an end. */
export function load(series: readonly TestSeries[], from = 0): History {
  const history = createHistory({ retentionMs: 86_400_000, maxSeries: 10_000, maxPoints: 1_000_000 });
  series.forEach(({ labels, values }, writer) => {
    values.forEach((value, step) => {
      if (value === '_') return;
      history.append(`${writer}`, from + step * stepMs, value === 'stale' ? [] : [{ labels, value }]);
    });
  });
  return history;
}

/** `start`, `start + by`, … */
export function line(start: number, by: number, steps: number): readonly number[] {
  return Array.from({ length: steps }, (_, step) => start + by * step);
}

/** `name{label="value"}`, as promtool reads a series. */
export function notation({ __name__: name = '', ...labels }: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.join(',')}}`;
}
