import type { Clock } from '../lib/clock.ts';
import { formatLayout } from '../lib/go-layout.ts';
import { compileSearch, replaceAll } from '../lib/regex.ts';
import { goDuration, inZone, momentOf, spanOf } from './go-time.ts';
import { type GoFunction, type GoFunctions, type GoList, type GoValue, structOf } from './gotemplate/value.ts';
import { humanizeDuration } from './humanize.ts';
import { textList } from './notification-data.ts';

const safeHtmlType = 'template.HTML';
/** Go's time.RFC3339Nano, as which encoding/json writes a time. */
const rfc3339Layout = '2006-01-02T15:04:05.999999999Z07:00';

/** Whether the template vouches for it, so that it is inserted as it is. */
export function isSafeHtml(value: GoValue): boolean {
  return typeof value === 'object' && value.type === safeHtmlType;
}

function onText(work: (text: string) => GoValue): GoFunction {
  return { params: ['string'], call: ([text]) => work(String(text)) };
}

/** Letter by letter as in Go, where one that would become two stays. */
function upperCase(text: string): string {
  return text.replace(/\p{L}/gu, (letter) => {
    const upper = letter.toUpperCase();
    return [...upper].length === 1 ? upper : letter;
  });
}

/** The first letter of each word, all others small: what Alertmanager's `title` makes, unlike Go's own. */
function titleCase(text: string): string {
  return text.toLowerCase().replace(/(?<![\p{L}\p{N}_'])\p{L}/gu, (letter) => letter.toUpperCase());
}

function joined(separator: GoValue, list: GoValue): string {
  return (list as GoList).items.map(String).join(String(separator));
}

/** Of a span, or of a number of seconds. */
function humanized(value: GoValue): GoValue {
  const span = spanOf(value);
  const seconds = span === undefined ? Number(value) : span / 1000;
  if (Number.isNaN(seconds)) throw new Error('expected a number of seconds');
  return humanizeDuration(seconds);
}

/** Go's encoding/json, which escapes what HTML could take for its own. */
function toJson(value: GoValue): string {
  return JSON.stringify(plain(value)).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function plain(value: GoValue): unknown {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object') return value;
  if (value.kind === 'list') return value.items.map(plain);
  if (value.kind === 'struct') {
    if (value.type === 'time.Time') return formatLayout(momentOf(value), rfc3339Layout);
    const entries = Object.entries(value.fields);
    if (entries.length === 0) return value.text;
    return Object.fromEntries(entries.map(([name, field]) => [jsonName(value.type, name), plain(field)]));
  }
  const sorted = [...value.entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, each]) => [key, plain(each)]));
}

/** A pair's fields are called in JSON as in Go; those of the data as in the webhook's payload. */
function jsonName(type: string, name: string): string {
  return type === 'template.Pair' ? name : name.replace(/^./, (first) => first.toLowerCase());
}

/** What Alertmanager adds to Go's functions. https://prometheus.io/docs/alerting/latest/notifications/#functions */
export function notificationFunctions(clock: Pick<Clock, 'now'>): GoFunctions {
  return new Map<string, GoFunction>([
    ['toUpper', onText(upperCase)],
    ['toLower', onText((text) => text.toLowerCase())],
    ['title', onText(titleCase)],
    ['trimSpace', onText((text) => text.trim())],
    ['join', { params: ['string', '[]string'], call: ([separator, list]) => joined(separator, list) }],
    [
      'match',
      {
        params: ['string', 'string'],
        call: ([pattern, text]) => compileSearch(String(pattern)).find(String(text)) !== undefined,
      },
    ],
    ['safeHtml', onText((text) => structOf(safeHtmlType, {}, { text }))],
    ['safeUrl', onText((text) => structOf('template.URL', {}, { text }))],
    ['urlUnescape', onText((text) => decodeURIComponent(text.replaceAll('+', ' ')))],
    [
      'reReplaceAll',
      {
        params: ['string', 'string', 'string'],
        call: ([pattern, replacement, text]) => replaceAll(String(pattern), String(replacement), String(text)),
      },
    ],
    ['stringSlice', { params: [], variadic: 'string', call: (items) => textList(items.map(String)) }],
    [
      'date',
      { params: ['string', 'time.Time'], call: ([layout, time]) => formatLayout(momentOf(time), String(layout)) },
    ],
    ['tz', { params: ['string', 'time.Time'], call: ([zone, time]) => inZone(time, String(zone)) }],
    ['since', { params: ['time.Time'], call: ([time]) => goDuration(clock.now() - momentOf(time).ms) }],
    ['humanizeDuration', { params: ['any'], call: ([value]) => humanized(value) }],
    ['toJson', { params: ['any'], call: ([value]) => toJson(value) }],
  ]);
}
