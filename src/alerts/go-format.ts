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

/** `%g`, `%.4g` and, without a precision, `%v`: the shortest text that reads back as the same number. */
export function formatG(value: number, precision?: number): string {
  const special = notFinite(value);
  if (special !== undefined) return special;
  const [digits = '0', power = '0'] = value
    .toExponential(precision === undefined ? undefined : Math.max(precision, 1) - 1)
    .split('e');
  const exponent = Number(power);
  const mantissa = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
  const significant = mantissa.replace(/[-.]/g, '').length;
  // The shortest form decides as if it had six digits: 1000000 is 1e+06.
  const limit = precision === undefined ? 6 : Math.max(precision, 1);
  if (exponent < -4 || exponent >= limit) return withExponent(mantissa, exponent);
  const zero = Object.is(value, -0) ? '-0' : '0';
  return value === 0 ? zero : Number(`${mantissa}e${exponent}`).toFixed(Math.max(0, significant - 1 - exponent));
}

/** `%e` with its default of six digits. */
export function formatE(value: number, precision = 6): string {
  const special = notFinite(value);
  if (special !== undefined) return special;
  const [digits = '0', power = '0'] = value.toExponential(precision).split('e');
  return withExponent(digits, Number(power));
}

/** `%f` with its default of six digits. */
export function formatF(value: number, precision = 6): string {
  const special = notFinite(value);
  if (special !== undefined) return special;
  // toFixed turns to an exponent from 1e21 on, where a double is a whole number anyway.
  if (Math.abs(value) < 1e21) return value.toFixed(precision);
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
