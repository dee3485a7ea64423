/** One bucket of a classic histogram: how many observations were at most `bound`. */
export interface Bucket {
  readonly bound: number;
  readonly count: number;
}

const { NEGATIVE_INFINITY, POSITIVE_INFINITY, NaN: none } = Number;

/** What a sum of rates may be off by without the counts being taken for wrong, as a share. */
const tolerance = 1e-12;

export interface Quantile {
  readonly value: number;
  /** The counts did not rise with the bounds, beyond the tolerance. */
  readonly isForced: boolean;
}

/** Interpolates within the bucket that the quantile falls into, as Prometheus does. `buckets` is not empty. */
export function bucketQuantile(q: number, buckets: readonly Bucket[]): Quantile {
  if (Number.isNaN(q)) return { value: none, isForced: false };
  if (q < 0) return { value: NEGATIVE_INFINITY, isForced: false };
  if (q > 1) return { value: POSITIVE_INFINITY, isForced: false };
  const merged = coalesced(buckets);
  const { rising, isForced } = risen(smoothed(merged));
  const total = rising.at(-1);
  if (total?.bound !== POSITIVE_INFINITY || rising.length < 2 || total.count === 0) {
    return { value: none, isForced: false };
  }
  return { value: interpolated(rising, q * total.count), isForced };
}

function interpolated(buckets: readonly Bucket[], rank: number): number {
  const highest = buckets.length - 1;
  const found = buckets.findIndex(({ count }, index) => index === highest || count >= rank);
  const [before, bucket] = [buckets[found - 1], buckets[found]];
  // Nothing is known of what lies above the last finite bound, nor below the first where that is not positive.
  if (!bucket || found === highest) return before?.bound ?? none;
  if (!before && bucket.bound <= 0) return bucket.bound;
  const { bound: start, count: below } = before ?? { bound: 0, count: 0 };
  return start + (bucket.bound - start) * ((rank - below) / (bucket.count - below));
}

/** Ascending bounds; the counts of one bound that is written in two ways add up. */
function coalesced(buckets: readonly Bucket[]): readonly Bucket[] {
  const counts = new Map<number, number>();
  for (const { bound, count } of buckets) counts.set(bound, (counts.get(bound) ?? 0) + count);
  return [...counts].map(([bound, count]) => ({ bound, count })).sort((a, b) => (a.bound < b.bound ? -1 : 1));
}

/** Takes differences within the tolerance for none. */
function smoothed(buckets: readonly Bucket[]): readonly Bucket[] {
  let before = buckets[0]?.count ?? none;
  return buckets.map(({ bound, count }) => {
    const isSame = Math.abs(count - before) / count <= tolerance;
    if (!isSame) before = count;
    return { bound, count: isSame ? before : count };
  });
}

/** No count below one of a lower bound. */
function risen(buckets: readonly Bucket[]): { readonly rising: readonly Bucket[]; readonly isForced: boolean } {
  let most = buckets[0]?.count ?? none;
  let isForced = false;
  const rising = buckets.map((bucket) => {
    if (bucket.count > most) most = bucket.count;
    if (!(bucket.count < most)) return bucket;
    isForced = true;
    return { bound: bucket.bound, count: most };
  });
  return { rising, isForced };
}

/**
 * The share of observations between two values. As Prometheus 3.5 has it: the first bucket starts at -Inf, so that a
 * finite `lower` within it has no rank, and the result is NaN.
 */
export function bucketFraction(lower: number, upper: number, buckets: readonly Bucket[]): number {
  const ascending = coalesced(buckets);
  const total = ascending.at(-1);
  if (total?.bound !== POSITIVE_INFINITY) return none;
  if (total.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return none;
  if (lower >= upper) return 0;
  return (rankOf(upper, ascending, total.count) - rankOf(lower, ascending, total.count)) / total.count;
}

/** How many observations lie below a value, interpolated within its bucket. */
function rankOf(value: number, buckets: readonly Bucket[], total: number): number {
  let [start, below] = [NEGATIVE_INFINITY, 0];
  for (const { bound, count } of buckets) {
    if (start >= value) return Math.min(below, total);
    if (bound > value) return Math.min(below + ((count - below) * (value - start)) / (bound - start), total);
    [start, below] = [bound, count];
  }
  return total;
}
