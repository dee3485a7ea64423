import { equalsAny, order } from './compare.ts';
import { sprint, sprintf } from './printf.ts';
import { type GoFunction, type GoFunctions, type GoType, type GoValue, isTrue, typeOf } from './value.ts';

function fixed(params: readonly GoType[], call: GoFunction['call']): GoFunction {
  return { params, call };
}

function variadic(params: readonly GoType[], call: GoFunction['call']): GoFunction {
  return { params, variadic: 'any', call };
}

function ordered(holds: (order: number) => boolean): GoFunction {
  return fixed(['any', 'any'], ([left, right]) => holds(order(left, right)));
}

function textOf(args: readonly GoValue[]): string {
  return args.length === 1 && typeof args[0] === 'string' ? args[0] : sprint(args);
}

const htmlEscapes: Readonly<Record<string, string>> = {
  '\0': '\uFFFD',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (character) => htmlEscapes[character] ?? character);
}

const jsEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function escapeJs(text: string): string {
  return text.replace(/[\\'"<>&=\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, (character) => {
    const known = jsEscapes[character];
    if (known !== undefined) return known;
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
  });
}

/** Go's url.QueryEscape. */
export function escapeQuery(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

function lengthOf(value: GoValue): bigint {
  if (value === undefined) throw new Error('len of nil pointer');
  if (typeof value === 'string') return BigInt(Buffer.byteLength(value));
  if (typeof value === 'object' && value.kind === 'list') return BigInt(value.items.length);
  if (typeof value === 'object' && value.kind === 'map') return BigInt(value.entries.size);
  throw new Error(`len of type ${typeOf(value)}`);
}

function position(index: GoValue, limit: number): number {
  if (index === undefined) throw new Error('cannot index slice/array with nil');
  if (typeof index !== 'bigint') throw new Error(`cannot index slice/array with type ${typeOf(index)}`);
  if (index < 0n || index >= BigInt(limit)) throw new Error(`index out of range: ${index}`);
  return Number(index);
}

function indexOne(value: GoValue, index: GoValue): GoValue {
  if (value === undefined) throw new Error('index of nil pointer');
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return BigInt(bytes[position(index, bytes.length)] ?? 0);
  }
  if (typeof value !== 'object' || value.kind === 'struct')
    throw new Error(`can't index item of type ${typeOf(value)}`);
  if (value.kind === 'list') return value.items[position(index, value.items.length)];
  if (typeof index !== 'string') {
    throw new Error(`value has type ${typeOf(index)}; should be string`);
  }
  return value.entries.has(index) ? value.entries.get(index) : value.zero;
}

function sliceOf([value, ...indexes]: readonly GoValue[]): GoValue {
  if (value === undefined) throw new Error('slice of untyped nil');
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`);
  if (typeof value === 'string') {
    if (indexes.length === 3) throw new Error('cannot 3-index slice a string');
    const bytes = Buffer.from(value);
    return bytes.subarray(...bounds(indexes, bytes.length)).toString();
  }
  if (typeof value !== 'object' || value.kind !== 'list') throw new Error(`can't slice item of type ${typeOf(value)}`);
  return { ...value, items: value.items.slice(...bounds(indexes, value.items.length)) };
}

function bounds(indexes: readonly GoValue[], size: number): readonly [number, number] {
  const [from = 0, to = size] = indexes.map((index) => position(index, size + 1));
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  return [from, to];
}

/** Those that Go's text/template knows by itself; `and` and `or` stop early, which the evaluation does. */
export const builtins: GoFunctions = new Map<string, GoFunction>([
  ['and', variadic(['any'], (args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1))],
  ['or', variadic(['any'], (args) => args.find(isTrue) ?? args.at(-1))],
  ['not', fixed(['any'], ([value]) => !isTrue(value))],
  ['eq', variadic(['any'], equalsAny)],
  ['ne', fixed(['any', 'any'], (args) => !equalsAny(args))],
  ['lt', ordered((result) => result < 0)],
  ['le', ordered((result) => result <= 0)],
  ['gt', ordered((result) => result > 0)],
  ['ge', ordered((result) => result >= 0)],
  ['len', fixed(['any'], ([value]) => lengthOf(value))],
  ['index', variadic(['any'], ([value, ...indexes]) => indexes.reduce(indexOne, value))],
  ['slice', variadic(['any'], sliceOf)],
  ['print', variadic([], sprint)],
  ['println', variadic([], (args) => `${args.map((arg) => sprint([arg])).join(' ')}\n`)],
  ['printf', variadic(['string'], ([format, ...operands]) => sprintf(String(format), operands))],
  ['html', variadic([], (args) => escapeHtml(textOf(args)))],
  ['js', variadic([], (args) => escapeJs(textOf(args)))],
  ['urlquery', variadic([], (args) => escapeQuery(textOf(args)))],
]);
