import { formatE, formatF, formatG, formatHex, quote } from '../go-format.ts';
import { type GoValue, sortedKeys, typeOf } from './value.ts';

/** One verb of a format with its flags: `%-8.2f`. */
export interface Directive {
  readonly verb: string;
  readonly flags: string;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

const plain: Directive = { verb: 'v', flags: '', width: undefined, precision: undefined };

/** `%v`, as templates print a value. */
export function show(value: GoValue): string {
  return formatValue(value, plain);
}

/** As Go's fmt does it, the complaints about a verb that does not fit included. */
export function formatValue(value: GoValue, directive: Directive): string {
  const { verb } = directive;
  if (verb === 'T') return pad(typeOf(value), directive);
  if (value === undefined) return verb === 'v' ? pad('<nil>', directive) : `%!${verb}(<nil>)`;
  if (typeof value === 'object') return formatCompound(value, directive);
  return formatBasic(value, directive) ?? badVerb(value, verb);
}

function badVerb(value: GoValue, verb: string): string {
  return `%!${verb}(${typeOf(value)}=${show(value)})`;
}

function formatCompound(value: Extract<GoValue, object>, directive: Directive): string {
  if (value.kind === 'struct') {
    if (value.text !== undefined) return formatValue(value.text, directive);
    const fields = Object.values(value.fields).map((field) => formatValue(field, directive));
    return `{${fields.join(' ')}}`;
  }
  const own = value.methods.get('String');
  if (own) return formatValue(own.call([]), directive);
  if (value.kind === 'list') return `[${value.items.map((item) => formatValue(item, directive)).join(' ')}]`;
  const entries = sortedKeys(value).map(
    (key) => `${formatValue(key, directive)}:${formatValue(value.entries.get(key), directive)}`,
  );
  return `map[${entries.join(' ')}]`;
}

/** Undefined where the verb does not fit. */
function formatBasic(value: string | number | bigint | boolean, directive: Directive): string | undefined {
  if (typeof value === 'string') return formatText(value, directive);
  if (typeof value === 'number') return formatFloat(value, directive);
  if (typeof value === 'bigint') return formatInt(value, directive);
  return directive.verb === 'v' || directive.verb === 't' ? pad(String(value), directive) : undefined;
}

function formatText(value: string, directive: Directive): string | undefined {
  const { verb, flags, precision } = directive;
  const cut = precision === undefined ? value : [...value].slice(0, precision).join('');
  if (verb === 'v' && flags.includes('#')) return pad(quote(cut), directive);
  if (verb === 'v' || verb === 's') return pad(cut, directive);
  if (verb === 'q')
    return pad(flags.includes('#') && !/[`\p{Cc}\uFEFF]/u.test(cut) ? `\`${cut}\`` : quote(cut), directive);
  if (verb !== 'x' && verb !== 'X') return undefined;
  const bytes = Buffer.from(value).subarray(0, precision);
  const prefix = flags.includes('#') ? '0x' : '';
  const parts = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'));
  const text = flags.includes(' ') ? parts.map((part) => prefix + part).join(' ') : prefix + parts.join('');
  return pad(verb === 'X' ? text.toUpperCase() : text, directive);
}

function floatDigits(value: number, { verb, precision }: Directive): string | undefined {
  switch (verb) {
    case 'v':
    case 'g':
      return formatG(value, precision);
    case 'G':
      return formatG(value, precision).replace('e', 'E');
    case 'e':
      return formatE(value, precision);
    case 'E':
      return formatE(value, precision).replace('e', 'E');
    case 'f':
    case 'F':
      return formatF(value, precision);
    case 'x':
      return formatHex(value, precision);
    case 'X':
      return formatHex(value, precision).toUpperCase();
    default:
      return undefined;
  }
}

function formatFloat(value: number, directive: Directive): string | undefined {
  const digits = floatDigits(value, directive);
  if (digits === undefined) return undefined;
  // Go pads what is no number with spaces, and its plus sign shows only where it is asked for.
  if (Number.isFinite(value)) return padNumber(digits, directive);
  const asked = directive.flags.includes('+');
  const bare = Number.isNaN(value) && asked ? `+${digits}` : digits;
  return pad(bare, { ...directive, flags: directive.flags.replaceAll('0', '') });
}

const bases: Readonly<Record<string, readonly [number, string]>> = {
  v: [10, ''],
  d: [10, ''],
  b: [2, '0b'],
  o: [8, '0'],
  O: [8, '0o'],
  x: [16, '0x'],
  X: [16, '0X'],
};

function formatInt(value: bigint, directive: Directive): string | undefined {
  const { verb, flags, precision = 0 } = directive;
  if (verb === 'c') return pad(String.fromCodePoint(codeOf(value)), directive);
  if (verb === 'q') return pad(`'${quoteRune(String.fromCodePoint(codeOf(value)))}'`, directive);
  if (verb === 'U') return pad(`U+${value.toString(16).toUpperCase().padStart(4, '0')}`, directive);
  const base = bases[verb];
  if (!base) return undefined;
  const [radix, prefix] = base;
  const digits = (value < 0n ? -value : value).toString(radix).padStart(precision, '0');
  const shown = verb === 'X' ? digits.toUpperCase() : digits;
  const marked = verb === 'O' || (flags.includes('#') && radix !== 10) ? prefix + shown : shown;
  return padNumber(value < 0n ? `-${marked}` : marked, directive);
}

function codeOf(value: bigint): number {
  return value < 0n || value > 0x10ffffn ? 0xfffd : Number(value);
}

function quoteRune(character: string): string {
  if (character === "'") return "\\'";
  return character === '"' ? character : quote(character).slice(1, -1);
}

/** The sign that the flags ask for, and zeros between it and the digits. */
function padNumber(digits: string, directive: Directive): string {
  const { flags, width = 0, precision, verb } = directive;
  // With %v a plus asks for fields' names, not for a sign.
  const asked = flags.includes('+') && verb !== 'v' ? '+' : flags.includes(' ') ? ' ' : '';
  const signed = digits.startsWith('-') || digits.startsWith('+') ? digits : asked + digits;
  const zeros =
    flags.includes('0') &&
    !flags.includes('-') &&
    !(precision !== undefined && 'dboOxXv'.includes(verb) && verb !== 'v');
  if (!zeros) return pad(signed, { ...directive, flags: flags.replaceAll('0', '') });
  const sign = /^[-+ ]?/.exec(signed)?.[0] ?? '';
  return sign + signed.slice(sign.length).padStart(width - sign.length, '0');
}

/** The width counts characters, not bytes. */
function pad(text: string, { width = 0, flags }: Directive): string {
  if (width === 0) return text;
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  return (flags.includes('0') ? '0' : ' ').repeat(missing) + text;
}
