import { rfc3339 } from '../lib/clock.ts';
import { formatG } from './go-format.ts';

/** Numbers as Prometheus' templates make them readable. */

/** Scales by `base` until the number fits its prefix; the first entry is no prefix. */
function scaled(value: number, base: number, prefixes: readonly string[]): string {
  let rest = value;
  let index = 0;
  while (Math.abs(rest) >= base && index < prefixes.length - 1) {
    rest /= base;
    index++;
  }
  return `${formatG(rest, 4)}${prefixes[index]}`;
}

const large = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const binary = ['', 'ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];
const small = ['', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];

function scaledDown(value: number): string {
  let rest = value;
  let index = 0;
  while (Math.abs(rest) < 1 && index < small.length - 1) {
    rest *= 1000;
    index++;
  }
  return `${formatG(rest, 4)}${small[index]}`;
}

export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return formatG(value, 4);
  return Math.abs(value) >= 1 ? scaled(value, 1000, large) : scaledDown(value);
}

export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return formatG(value, 4);
  return scaled(value, 1024, binary);
}

/** Go's conversion on amd64: what does not fit is the least that does. */
function asInt64(value: number): bigint {
  return value >= 2 ** 63 ? -(2n ** 63n) : BigInt(Math.trunc(value));
}

/** Seconds → `1d 2h 3m 4s`, `1.5s` or `20ms`. */
export function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return formatG(seconds, 4);
  if (seconds === 0) return `${formatG(seconds, 4)}s`;
  if (Math.abs(seconds) < 1) return `${scaledDown(seconds)}s`;
  const sign = seconds < 0 ? '-' : '';
  const whole = asInt64(Math.abs(seconds));
  const parts = [
    [whole / 86_400n, 'd'],
    [(whole / 3600n) % 24n, 'h'],
    [(whole / 60n) % 60n, 'm'],
    [whole % 60n, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count !== 0n);
  if (first === 3) return `${sign}${formatG(Math.abs(seconds), 4)}s`;
  const shown = parts.slice(first).map(([count, unit]) => `${count}${unit}`);
  return `${sign}${shown.join(' ')}`;
}

export function humanizePercentage(value: number): string {
  return `${formatG(value * 100, 4)}%`;
}

const mostNanoseconds = 2 ** 63;

/** Milliseconds. Throws where Go's nanoseconds overflow. */
export function millisecondsOf(seconds: number): number {
  if (Math.abs(seconds * 1e9) >= mostNanoseconds) {
    const shown = formatG(seconds);
    throw new Error(`${shown} cannot be represented as a nanoseconds timestamp since it overflows int64`);
  }
  return Math.floor(seconds * 1000);
}

/** As Go prints a time in UTC: `2026-01-31 12:00:00.5 +0000 UTC`. */
export function humanizeTimestamp(seconds: number): string {
  if (!Number.isFinite(seconds)) return formatG(seconds, 4);
  const [date = '', time = ''] = rfc3339(millisecondsOf(seconds)).split('T');
  return `${date} ${time.replace(/\.?0*Z$/, '')} +0000 UTC`;
}
