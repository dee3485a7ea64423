import { parseTime } from '../lib/clock.ts';
import { formatLayout, type Moment } from '../lib/go-layout.ts';
import { type GoFunction, type GoStruct, type GoValue, structOf } from './gotemplate/value.ts';

/** The moment behind a value that a template sees. */
const moments = new WeakMap<object, Moment>();
/** The same of a span of time, in milliseconds. */
const spans = new WeakMap<object, number>();

/** Go's zero time, which a firing alert's end is. */
export const zeroTimeMs = parseTime('0001-01-01T00:00:00Z');
const stringLayout = '2006-01-02 15:04:05.999999999 -0700 MST';

/** Go's time.Time, as far as templates use one. */
export function goTime(ms: number, zone = 'UTC'): GoStruct {
  const moment = { ms, zone };
  const methods = new Map<string, GoFunction>([
    ['Format', { params: ['string'], call: ([layout]) => formatLayout(moment, String(layout)) }],
    ['UTC', { params: [], call: () => goTime(ms) }],
    ['Local', { params: [], call: () => goTime(ms) }],
    ['IsZero', { params: [], call: () => ms === zeroTimeMs }],
    ['Unix', { params: [], call: () => BigInt(Math.floor(ms / 1000)) }],
    ['UnixMilli', { params: [], call: () => BigInt(Math.floor(ms)) }],
    ['String', { params: [], call: () => formatLayout(moment, stringLayout) }],
    ['Sub', { params: ['time.Time'], call: ([other]) => goDuration(ms - momentOf(other).ms) }],
    ['After', { params: ['time.Time'], call: ([other]) => ms > momentOf(other).ms }],
    ['Before', { params: ['time.Time'], call: ([other]) => ms < momentOf(other).ms }],
    ['Equal', { params: ['time.Time'], call: ([other]) => ms === momentOf(other).ms }],
  ]);
  const value = structOf('time.Time', {}, { methods, text: formatLayout(moment, stringLayout) });
  moments.set(value, moment);
  return value;
}

/** Throws where the value is no time. */
export function momentOf(value: GoValue): Moment {
  const moment = typeof value === 'object' ? moments.get(value) : undefined;
  if (!moment) throw new Error('expected a time.Time');
  return moment;
}

/** The same moment, shown in another zone. Throws Go's words for a zone that nobody knows. */
export function inZone(value: GoValue, zone: string): GoStruct {
  const known = zone === '' || zone === 'Local' ? 'UTC' : zone;
  try {
    new Intl.DateTimeFormat('en', { timeZone: known });
  } catch {
    throw new Error(`unknown time zone ${zone}`);
  }
  return goTime(momentOf(value).ms, known);
}

/** Go's time.Duration. */
export function goDuration(ms: number): GoStruct {
  const methods = new Map<string, GoFunction>([
    ['Seconds', { params: [], call: () => ms / 1000 }],
    ['Minutes', { params: [], call: () => ms / 60_000 }],
    ['Hours', { params: [], call: () => ms / 3_600_000 }],
    ['Milliseconds', { params: [], call: () => BigInt(Math.trunc(ms)) }],
    ['String', { params: [], call: () => durationText(ms) }],
  ]);
  const value = structOf('time.Duration', {}, { methods, text: durationText(ms) });
  spans.set(value, ms);
  return value;
}

/** Milliseconds, or undefined where the value is no duration. */
export function spanOf(value: GoValue): number | undefined {
  return typeof value === 'object' ? spans.get(value) : undefined;
}

/** `1h2m3.5s`, `15ms`, `0s` */
function durationText(ms: number): string {
  const size = Math.abs(ms);
  const sign = ms < 0 ? '-' : '';
  if (size === 0) return '0s';
  if (size < 1000) return `${sign}${size}ms`;
  const hours = Math.trunc(size / 3_600_000);
  const minutes = Math.trunc(size / 60_000) % 60;
  const seconds = `${(size % 60_000) / 1000}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}
