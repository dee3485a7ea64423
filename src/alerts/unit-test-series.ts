import type { Labels } from '../model/labels.ts';
import { unquote } from './go-unquote.ts';

/** One scrape of a series: its value, `stale` where it is said to be gone, undefined where nothing was said. */
type Point = number | 'stale' | undefined;

export interface TestSeries {
  readonly labels: Labels;
  readonly points: readonly Point[];
}

/** `x1000000000` is a slip, not a test. */
const mostPoints = 1_000_000;

const nameStart = /\s*([A-Za-z_:][\w:]*)?\s*/y;
const pair =
  /\s*(?:([A-Za-z_]\w*)\s*=\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|("(?:\\.|[^"\\])*"))\s*(,|(?=\}))/y;

/** `name{label="value"}`, as a series is written. Throws an Error. */
export function parseMetric(text: string): Labels {
  nameStart.lastIndex = 0;
  const [start = '', name] = nameStart.exec(text) ?? [];
  const labels: Record<string, string> = name === undefined ? {} : { __name__: name };
  const rest = text.slice(start.length).trim();
  if (rest === '') return labels;
  if (!rest.startsWith('{') || !rest.endsWith('}')) throw notSeries(text);
  pair.lastIndex = 1;
  while (/\S/.test(rest.slice(pair.lastIndex, -1))) {
    const match = pair.exec(rest);
    if (!match) throw notSeries(text);
    const [, key, value, quotedName] = match;
    if (quotedName !== undefined) labels.__name__ = textOf(quotedName);
    else if (key !== undefined && value !== undefined) labels[key] = textOf(value);
  }
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}

function textOf(quoted: string): string {
  return quoted.startsWith('`') ? quoted.slice(1, -1) : unquote(quoted);
}

function notSeries(text: string): Error {
  return new Error(`found ${JSON.stringify(text)}, expected a series such as up{job="a"}`);
}

/** A series of promtool's test files: `name{label="value"}` and `1 0x3 5+10x2 _x2 stale`. Throws an Error. */
export function parseTestSeries({ series, values }: { readonly series: string; readonly values: string }): TestSeries {
  const points = values.trim() === '' ? [] : values.trim().split(/\s+/).flatMap(pointsOf);
  return { labels: parseMetric(series), points };
}

const float = String.raw`[-+]?(?:\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|[iI][nN][fF]|[nN][aA][nN])`;
const repeated = new RegExp(`^(?:(_)|(${float}))(?:([-+]${float.slice('[-+]?'.length)}))?x(\\d+)$`);
const single = new RegExp(`^${float}$`);

function pointsOf(word: string): readonly Point[] {
  if (word === 'stale') return ['stale'];
  if (word === '_') return [undefined];
  const [, nothing, first, step, times] = repeated.exec(word) ?? [];
  if (times === undefined) {
    if (!single.test(word)) throw notValue(word);
    return [numberOf(word)];
  }
  if (Number(times) > mostPoints) throw new Error(`found ${word}, expected no more than ${mostPoints} values`);
  // `_x3` is three times nothing; `1x3` is 1 and three more.
  if (nothing !== undefined) return Array.from({ length: Number(times) }, () => undefined);
  return stepped(numberOf(first ?? ''), step === undefined ? 0 : numberOf(step), Number(times));
}

/** Each from the one before, with its rounding, as promtool adds. */
function stepped(first: number, step: number, times: number): readonly number[] {
  const values = [first];
  for (let value = first + step; values.length <= times; value += step) values.push(value);
  return values;
}

function numberOf(text: string): number {
  const [, sign = '', size = ''] = /^([-+]?)(.*)$/.exec(text) ?? [];
  const lower = size.toLowerCase().replaceAll('_', '');
  if (lower === 'nan') return Number.NaN;
  const value = lower === 'inf' ? Number.POSITIVE_INFINITY : Number(lower);
  if (size === '' || Number.isNaN(value)) throw notValue(text);
  return sign === '-' ? -value : value;
}

function notValue(word: string): Error {
  if (word.includes('{{')) return new Error(`found ${word}: native histograms are not known here`);
  return new Error(`found ${JSON.stringify(word)}, expected a value such as 5, 0+10x20, _x3 or stale`);
}
