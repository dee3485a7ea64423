import { formatE, formatF, formatG, quote } from './go-format.ts';

/** What flows through a pipeline: `$value` and numbers are numbers, labels and the rest are texts. */
export type TemplateValue = string | number;

/** A function of Prometheus' templates; it takes its one argument, or the format and its operands, in order. */
export type TemplateFunction = (args: readonly TemplateValue[]) => TemplateValue;

/** Where a text goes into a number's function, Prometheus reads it as one. Throws where it is none. */
function toNumber(value: TemplateValue | undefined): number {
  if (typeof value === 'number') return value;
  const number = value === undefined || value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isNaN(number) && value !== 'NaN') throw new Error(`found ${JSON.stringify(value)}, expected a number`);
  return number;
}

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

function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return formatG(value, 4);
  return Math.abs(value) >= 1 ? scaled(value, 1000, large) : scaledDown(value);
}

function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return formatG(value, 4);
  return scaled(value, 1024, binary);
}

/** Seconds → `1d 2h 3m 4s`, `1.5s` or `20ms`. */
function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return formatG(seconds, 4);
  if (seconds === 0) return `${formatG(seconds, 4)}s`;
  if (Math.abs(seconds) < 1) return `${scaledDown(seconds)}s`;
  const sign = seconds < 0 ? '-' : '';
  const whole = Math.trunc(Math.abs(seconds));
  const parts = [
    [Math.trunc(whole / 86_400), 'd'],
    [Math.trunc(whole / 3600) % 24, 'h'],
    [Math.trunc(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === 3) return `${sign}${formatG(Math.abs(seconds), 4)}s`;
  const shown = parts.slice(first).map(([count, unit]) => `${count}${unit}`);
  return `${sign}${shown.join(' ')}`;
}

/** Go's strings.Title: the first letter of each word, the rest as it is. */
function title(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}_'])\p{L}/gu, (letter) => letter.toUpperCase());
}

const verb = /%(?:%|([-+ 0#]*)(\d+)?(?:\.(\d*))?([a-zA-Z]))/g;
const verbs: ReadonlySet<string> = new Set(['s', 'd', 'f', 'v', 'q', 'g', 'e']);

/** What a format asks for that we do not do, or undefined: checked at load. */
export function unknownVerb(format: string): string | undefined {
  if (format.replace(verb, '').includes('%')) return '%';
  return [...format.matchAll(verb)].find(([, , , , letter]) => letter !== undefined && !verbs.has(letter))?.[0];
}

function printf([format = '', ...operands]: readonly TemplateValue[]): string {
  let next = 0;
  const text = String(format).replace(verb, (whole, flags = '', width = '', precision?: string, letter?: string) => {
    if (letter === undefined) return '%';
    if (next >= operands.length) return `%!${letter}(MISSING)`;
    const operand = operands[next++] ?? '';
    const digits = precision === undefined ? undefined : Number(precision);
    return padded(formatOperand(letter, operand, digits), {
      flags,
      width: Number(width),
      isNumber: whole !== '' && typeof operand === 'number',
    });
  });
  const extra = operands.slice(next).map((operand) => `${typeName(operand)}=${formatV(operand)}`);
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(', ')})`;
}

function formatOperand(letter: string, operand: TemplateValue, digits: number | undefined): string {
  if (letter === 'v') return typeof operand === 'number' ? formatG(operand, digits) : operand;
  if (typeof operand === 'number') return formatNumber(letter, operand, digits);
  const cut = digits === undefined ? operand : [...operand].slice(0, digits).join('');
  if (letter === 's') return cut;
  return letter === 'q' ? quote(cut) : `%!${letter}(string=${operand})`;
}

/** Numbers here are Go's float64, which `%d` does not take: it says so in the text, as Go does. */
function formatNumber(letter: string, value: number, digits: number | undefined): string {
  if (letter === 'f') return formatF(value, digits);
  if (letter === 'e') return formatE(value, digits);
  if (letter === 'g') return formatG(value, digits);
  return `%!${letter}(float64=${formatG(value)})`;
}

function padded(
  text: string,
  { flags, width, isNumber }: { readonly flags: string; readonly width: number; readonly isNumber: boolean },
): string {
  const signed = isNumber && flags.includes('+') && !/^[-+%]/.test(text) ? `+${text}` : text;
  if (flags.includes('-')) return signed.padEnd(width);
  if (!flags.includes('0') || !isNumber) return signed.padStart(width);
  const sign = /^[-+]/.exec(signed)?.[0] ?? '';
  return sign + signed.slice(sign.length).padStart(width - sign.length, '0');
}

function typeName(value: TemplateValue): string {
  return typeof value === 'number' ? 'float64' : 'string';
}

export function formatV(value: TemplateValue): string {
  return typeof value === 'number' ? formatG(value) : value;
}

function onNumber(work: (value: number) => string): TemplateFunction {
  return ([value]) => work(toNumber(value));
}

function onText(work: (text: string) => string): TemplateFunction {
  return ([value]) => work(String(value));
}

/** `takes` is what the one argument must be; a number's function reads a text as a number. */
export const functions: ReadonlyMap<
  string,
  { readonly takes: 'any' | 'text' | 'format'; readonly call: TemplateFunction }
> = new Map([
  ['humanize', { takes: 'any', call: onNumber(humanize) }],
  ['humanize1024', { takes: 'any', call: onNumber(humanize1024) }],
  ['humanizeDuration', { takes: 'any', call: onNumber(humanizeDuration) }],
  ['humanizePercentage', { takes: 'any', call: onNumber((value) => `${formatG(value * 100, 4)}%`) }],
  ['title', { takes: 'text', call: onText(title) }],
  ['toUpper', { takes: 'text', call: onText((text) => text.toUpperCase()) }],
  ['toLower', { takes: 'text', call: onText((text) => text.toLowerCase()) }],
  ['printf', { takes: 'format', call: printf }],
]);
