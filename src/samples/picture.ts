import { labelKey } from '../model/labels.ts';
import type { Sample } from '../model/sample.ts';

/**
 * The samples without duplicates (the first stays), each with the very label object that the picture before had for
 * the same series. Whoever remembers something per series, the exposition its text and the history its place, then
 * finds it by identity; making the keys anew each time is what costs with thousands of series.
 */
export function nextPicture(before: readonly Sample[], samples: readonly Sample[]): readonly Sample[] {
  const used = new Uint8Array(before.length);
  const fresh = new Set<string>();
  const places = lazy(() => new Map(before.map((sample, index) => [seriesKey(sample), index])));
  let expected = 0;

  /** The sample's place before; -1 where it is new. A collector mostly repeats the order. */
  function placeOf(sample: Sample): number {
    const guess = before[expected];
    if (guess && used[expected] === 0 && isSameSeries(guess, sample)) return expected;
    return places().get(seriesKey(sample)) ?? -1;
  }

  const kept: Sample[] = [];
  for (const sample of samples) {
    const place = placeOf(sample);
    const known = before[place];
    if (known) {
      if (used[place] === 1) continue;
      used[place] = 1;
      expected = place + 1;
      kept.push({ metric: sample.metric, labels: known.labels, value: sample.value });
      continue;
    }
    const key = seriesKey(sample);
    if (fresh.has(key)) continue;
    fresh.add(key);
    // Collectors share one label object between families; here every series has its own.
    kept.push({ ...sample, labels: { ...sample.labels } });
  }
  return kept;
}

/** One string per series of a family. */
export function seriesKey({ metric, labels }: Sample): string {
  return metric.name + labelKey(labels);
}

function isSameSeries(a: Sample, b: Sample): boolean {
  if (a.metric.name !== b.metric.name) return false;
  let count = 0;
  for (const name in a.labels) {
    if (a.labels[name] !== b.labels[name]) return false;
    count++;
  }
  for (const _ in b.labels) count--;
  return count === 0;
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
