/**
 * Numbers and texts as Go's fmt prints them: rules are written for Prometheus, and a message must read the same
 * whichever of the two evaluated them.
 */

function notFinite(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : undefined;
}

/** Go writes at least two digits of an exponent. */
function withExponent(digits: string, exponent: number): string {
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** What a double has beyond this many further digits is nothing but a rounding of the text. */
const exactDigits = 25;
const mostDigits = 100;

/**
 * Go rounds what lies exactly between two to the even one, JavaScript away from zero: 2.5 is 2 there and 3 here.
 * `exact` has the same number with more digits, of which `precision` stay.
 */
function toEven(rounded: string, exact: string, precision: number): string {
  const [whole = '', fraction = ''] = exact.split('.');
  const kept = precision === 0 ? whole : `${whole}.${fraction.slice(0, precision)}`;
  const isTie = /^50*$/.test(fraction.slice(precision));
  return isTie && /[02468]$/.test(kept) ? kept : rounded;
}

function toFixed(value: number, precision: number): string {
  const digits = Math.min(precision, mostDigits);
  const zeros = '0'.repeat(precision - digits);
  const rounded = value.toFixed(digits);
  if (!mayTie(value.toFixed(Math.min(digits + 1, mostDigits)))) return rounded + zeros;
  return toEven(rounded, value.toFixed(Math.min(digits + exactDigits, mostDigits)), digits) + zeros;
}

/** With one digit more than is wanted, what lies between two ends with a 5; nearly all else is told apart so cheaply. */
function mayTie(mantissa: string): boolean {
  return mantissa.endsWith('5');
}

function toExponential(value: number, precision: number | undefined): string {
  if (precision === undefined) return value.toExponential();
  const digits = Math.min(precision, mostDigits);
  const [rounded = '', power = ''] = value.toExponential(digits).split('e');
  const zeros = '0'.repeat(precision - digits);
  const [next = ''] = value.toExponential(Math.min(digits + 1, mostDigits)).split('e');
  if (!mayTie(next)) return `${rounded}${zeros}e${power}`;
  const [exact = '', exactPower] = value.toExponential(Math.min(digits + exactDigits, mostDigits)).split('e');
  // Where rounding up made a new digit, nothing was between two.
  const even = power === exactPower ? toEven(rounded, exact, digits) : rounded;
  return `${even}${zeros}e${power}`;
}

/** `%x` of a float: the bits of the fraction as hexadecimal digits, and the power of two. */
export function formatHex(value: number, precision?: number): string {
  const special = notFinite(value);
  if (special !== undefined) return special;
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  let exponent = size === 0 ? 0 : Math.floor(Math.log2(size));
  let fraction = size === 0 ? 0 : size / 2 ** exponent;
  if (fraction >= 2) [fraction, exponent] = [fraction / 2, exponent + 1];
  if (fraction > 0 && fraction < 1) [fraction, exponent] = [fraction * 2, exponent - 1];
  const all = BigInt(fraction * 2 ** 52)
    .toString(16)
    .padStart(14, '0');
  const digits =
    precision === undefined ? all.slice(1).replace(/0+$/, '') : all.slice(1, precision + 1).padEnd(precision, '0');
  const power = `p${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  return `${sign}0x${all[0]}${digits === '' ? '' : `.${digits}`}${power}`;
}

/** `%g`, `%.4g` and, without a precision, `%v`: the shortest text that reads back as the same number. */
export function formatG(value: number, precision?: number): string {
  const special = notFinite(value);
  if (special !== undefined) return special;
  const [digits = '0', power = '0'] = toExponential(
    value,
    precision === undefined ? undefined : Math.max(precision, 1) - 1,
  ).split('e');
  const exponent = Number(power);
  const mantissa = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
  const significant = mantissa.replace(/[-.]/g, '').length;
  // The shortest form decides as if it had six digits: 1000000 is 1e+06.
  const limit = precision === undefined ? 6 : Math.max(precision, 1);
  if (exponent < -4 || exponent >= limit) return withExponent(mantissa, exponent);
  const zero = Object.is(value, -0) ? '-0' : '0';
  return value === 0 ? zero : Number(`${mantissa}e${exponent}`).toFixed(Math.max(0, significant - 1 - exponent));
}

/** strconv's `e` with as many digits as the number has. */
export function formatShortestE(value: number): string {
  const [digits = '', exponent = ''] = Math.abs(value).toExponential().split('e');
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return notFinite(value) ?? sign + withExponent(digits, Number(exponent));
}

/** `%e` with its default of six digits. */
export function formatE(value: number, precision = 6): string {
  const special = notFinite(value);
  if (special !== undefined) return special;
  const [digits = '0', power = '0'] = toExponential(value, precision).split('e');
  return withExponent(digits, Number(power));
}

/** `%f` with its default of six digits. */
export function formatF(value: number, precision = 6): string {
  const special = notFinite(value);
  if (special !== undefined) return special;
  // toFixed turns to an exponent from 1e21 on, where a double is a whole number anyway.
  if (Math.abs(value) < 1e21) return toFixed(value, precision);
  return BigInt(value).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '');
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
};

/** Go's `%q` and strconv.Quote: also how Alertmanager writes the values in a group's key. */
export function quote(text: string): string {
  const quoted = [...text].map((character) => escapes[character] ?? escapeUnprintable(character));
  return `"${quoted.join('')}"`;
}

function escapeUnprintable(character: string): string {
  if (character === ' ' || !/[\p{C}\p{Z}]/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
