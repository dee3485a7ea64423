import { parseDuration } from '../lib/schema.ts';

/**
 * A number as Prometheus reads it: decimal, hexadecimal, octal with a leading 0, `_` between digits, Inf, NaN, or a
 * duration in seconds. Undefined where the text is none.
 */
export function parseNumber(text: string): number | undefined {
  const signed = /^\s*([+-])\s*([\s\S]*)$/.exec(text);
  if (signed) {
    const value = parseNumber(signed[2] ?? '');
    return value === undefined ? undefined : signed[1] === '-' ? -value : value;
  }
  const plain = text.replaceAll('_', '').toLowerCase();
  if (plain === 'inf') return Number.POSITIVE_INFINITY;
  if (plain === 'nan') return Number.NaN;
  if (/^0[0-7]+$/.test(plain)) return Number.parseInt(plain, 8);
  const value = plain === '' ? Number.NaN : Number(plain);
  if (!Number.isNaN(value)) return value;
  const duration = parseDuration(plain);
  return duration === undefined ? undefined : duration / 1000;
}

/** A number as Go's ParseFloat reads it: decimal or hexadecimal, infinities, NaN. Undefined where the text is none. */
export function parseGoFloat(text: string): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
  const [, sign, whole = '', fraction = '', power] =
    /^([+-]?)0x([\da-f]*)(?:\.([\da-f]*))?p([+-]?\d+)$/i.exec(text) ?? [];
  if (power !== undefined && whole + fraction !== '') {
    const digits = Number.parseInt(whole + fraction, 16);
    return (sign === '-' ? -1 : 1) * digits * 2 ** (Number(power) - 4 * fraction.length);
  }
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return undefined;
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** An escape of a Go string: bytes, octal or \xHH, that may make one character together, or a single character. */
const escapes = /((?:\\[0-7]{3}|\\x[\da-fA-F]{2})+)|\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/g;

/** UTF-8, as which Go reads a string's bytes. */
function textOfBytes(escaped: string): string {
  const bytes = [...escaped.matchAll(/\\(?:x(..)|(...))/g)].map(([, hex, octal]) =>
    hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16),
  );
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** The value of a quoted string as Go writes them; backticks take everything as it is. Throws an Error that says why. */
export function unquote(text: string): string {
  const quote = text[0] ?? '';
  const inner = text.slice(1, -1);
  const isOpen = text.length < 2 || !text.endsWith(quote) || (quote !== '`' && /(?:^|[^\\])(?:\\\\)*\\$/.test(inner));
  if (isOpen) throw new Error('unterminated quoted string');
  if (quote === '`') return inner;
  return inner.replace(escapes, (whole, bytes, short, long, single) => {
    if (bytes) return textOfBytes(bytes);
    if (single === quote) return quote;
    const code = Number.parseInt(short ?? long ?? '', 16);
    if (code <= 0x10ffff) return String.fromCodePoint(code);
    const simple = simpleEscapes[single];
    if (simple === undefined) throw new Error(`unknown escape sequence ${whole}`);
    return simple;
  });
}
