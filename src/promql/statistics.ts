/** A sum that keeps what rounding takes. */
interface Sum {
  add(value: number): void;
  total(): number;
}

/** Neumaier's compensated sum: what Prometheus 3 sums with, so that the order of the series does not show. */
function createSum(): Sum {
  let total = 0;
  let lost = 0;
  return {
    add(value) {
      const next = total + value;
      // An infinity has no low bits to keep, and would turn the sum into NaN.
      if (!Number.isFinite(next)) lost = 0;
      else if (Math.abs(total) >= Math.abs(value)) lost += total - next + value;
      else lost += value - next + total;
      total = next;
    },
    total: () => total + lost,
  };
}

export function sum(values: readonly number[]): number {
  const all = createSum();
  for (const value of values) all.add(value);
  return all.total();
}

export function mean(values: readonly number[]): number {
  const total = sum(values);
  if (Number.isFinite(total) || !values.every(Number.isFinite)) return total / values.length;
  // The sum overflowed while the mean does not.
  return values.reduce((average, value, index) => average + (value / (index + 1) - average / (index + 1)), 0);
}

/** The smallest; NaN only where all are. */
export function minimum(values: readonly number[]): number {
  return values.reduce((least, value) => (value < least || Number.isNaN(least) ? value : least), Number.NaN);
}

/** The largest; NaN only where all are. */
export function maximum(values: readonly number[]): number {
  return values.reduce((most, value) => (value > most || Number.isNaN(most) ? value : most), Number.NaN);
}

/** The population variance, by Welford's method with compensated sums. */
export function compensatedVariance(values: readonly number[]): number {
  const [average, squares] = [createSum(), createSum()];
  values.forEach((value, index) => {
    const delta = value - average.total();
    average.add(delta / (index + 1));
    squares.add(delta * (value - average.total()));
  });
  return squares.total() / values.length;
}

/** The population variance, by Welford's method. */
export function variance(values: readonly number[]): number {
  let average = 0;
  let squares = 0;
  values.forEach((value, index) => {
    const delta = value - average;
    average += delta / (index + 1);
    squares += delta * (value - average);
  });
  return squares / values.length;
}

/** Interpolates between the two nearest ranks; NaN values count as the smallest. Outside of [0, 1]: ∓Inf. */
export function quantile(q: number, values: readonly number[]): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const sorted = [...values].sort(byValue);
  const rank = q * (sorted.length - 1);
  const lower = Math.floor(rank);
  const weight = rank - lower;
  const [low, high] = [sorted[lower] ?? Number.NaN, sorted[Math.min(sorted.length - 1, lower + 1)] ?? Number.NaN];
  return low * (1 - weight) + high * weight;
}

/** Ascending, NaN first. */
function byValue(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  return Number.isNaN(b) ? 1 : a - b;
}
