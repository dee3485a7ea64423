import { isAddress } from '../lib/ip.ts';
import { compileSearch, replaceAll } from '../lib/regex.ts';
import { parseDuration } from '../lib/schema.ts';
import { formatG, quote } from './go-format.ts';
import { goTime } from './go-time.ts';
import { escapeQuery } from './gotemplate/builtins.ts';
import { type GoFunction, type GoFunctions, type GoType, type GoValue, typeOf } from './gotemplate/value.ts';
import {
  humanize,
  humanize1024,
  humanizeDuration,
  humanizePercentage,
  humanizeTimestamp,
  millisecondsOf,
} from './humanize.ts';

/** Go's strconv.ParseFloat, for what a template gives where a number is wanted. Throws an Error in Go's words. */
function toNumber(value: GoValue): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string') throw new Error(`can't convert ${typeOf(value)} to float`);
  const special = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(value);
  if (special) return special[2] === undefined ? Number.NaN : Number(`${special[1]}Infinity`);
  if (!/^[+-]?(?:\d|\.\d)/.test(value) || Number.isNaN(Number(value))) {
    throw new Error(`strconv.ParseFloat: parsing ${quote(value)}: invalid syntax`);
  }
  return Number(value);
}

function onNumber(work: (value: number) => string): GoFunction {
  return { params: ['any'], call: ([value]) => work(toNumber(value)) };
}

function onTexts(count: number, work: (...texts: readonly string[]) => GoValue): GoFunction {
  const params: readonly GoType[] = Array.from({ length: count }, () => 'string');
  return { params, call: (args) => work(...args.map(String)) };
}

/** Go's strings.Title: the first letter of each word, the rest as it is. */
function title(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}_'])\p{N}*\p{L}/gu, (letter) => letter.toUpperCase());
}

/** `host:port`, `[v6]:port`; undefined for what has no port, as Go's net.SplitHostPort. */
function splitHostPort(text: string): readonly [string, string] | undefined {
  const [, v6, host, port] = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(text) ?? [];
  return port === undefined ? undefined : [v6 ?? host ?? '', port];
}

function stripDomain(text: string): string {
  const [host, port = ''] = splitHostPort(text) ?? [text];
  if (isAddress(host)) return text;
  const [first = ''] = host.split('.');
  return port === '' ? first : `${first}:${port}`;
}

/** Seconds. */
function durationOf(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) throw new Error(`not a valid duration string: ${quote(text)}`);
  return milliseconds / 1000;
}

function matches(pattern: string, text: string): boolean {
  return compileSearch(pattern).find(text) !== undefined;
}

/** Go's MustCompile names itself where the pattern is none. */
function replaced(pattern: string, replacement: string, text: string): string {
  try {
    return replaceAll(pattern, replacement, text);
  } catch (error) {
    throw new Error(`regexp: Compile(\`${pattern}\`): ${(error as Error).message}`);
  }
}

function argsOf(args: readonly GoValue[]): GoValue {
  const entries = args.map((arg, index): [string, GoValue] => [`arg${index}`, arg]);
  return {
    kind: 'map',
    type: 'map[string]interface {}',
    entries: new Map(entries),
    zero: undefined,
    methods: new Map(),
  };
}

/** Prometheus' own functions that need nothing but their arguments; `query` and its kind are in template-query.ts. */
export const functions: GoFunctions = new Map<string, GoFunction>([
  ['humanize', onNumber(humanize)],
  ['humanize1024', onNumber(humanize1024)],
  ['humanizeDuration', onNumber(humanizeDuration)],
  ['humanizePercentage', onNumber(humanizePercentage)],
  ['humanizeTimestamp', onNumber(humanizeTimestamp)],
  ['toTime', { params: ['any'], call: ([value]) => toTime(toNumber(value)) }],
  ['title', onTexts(1, (text = '') => title(text))],
  ['toUpper', onTexts(1, (text = '') => text.toUpperCase())],
  ['toLower', onTexts(1, (text = '') => text.toLowerCase())],
  ['match', onTexts(2, (pattern = '', text = '') => matches(pattern, text))],
  ['reReplaceAll', onTexts(3, (pattern = '', replacement = '', text = '') => replaced(pattern, replacement, text))],
  ['graphLink', onTexts(1, (expression = '') => `/graph?g0.expr=${escapeQuery(expression)}&g0.tab=0`)],
  ['tableLink', onTexts(1, (expression = '') => `/graph?g0.expr=${escapeQuery(expression)}&g0.tab=1`)],
  ['stripPort', onTexts(1, (text = '') => splitHostPort(text)?.[0] ?? text)],
  ['stripDomain', onTexts(1, (text = '') => stripDomain(text))],
  ['parseDuration', onTexts(1, (text = '') => durationOf(text))],
  ['safeHtml', onTexts(1, (text) => text)],
  ['args', { params: [], variadic: 'any', call: argsOf }],
]);

function toTime(seconds: number): GoValue {
  if (!Number.isFinite(seconds)) throw new Error(`cannot convert ${formatG(seconds)} to time.Time`);
  return goTime(millisecondsOf(seconds));
}
