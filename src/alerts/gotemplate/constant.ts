import { unquote } from '../go-unquote.ts';

/** A number as Go's parser reads it: what it is as an integer, where it is one, and as a float. */
export interface NumberConstant {
  readonly int: bigint | undefined;
  readonly float: number;
}

const integer = /^[-+]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]*|[1-9][0-9_]*)$/;
const decimal = /^[-+]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?$/;

/** Throws an Error on what is no number. */
export function numberConstant(text: string): NumberConstant {
  const digits = text.replaceAll('_', '');
  if (integer.test(text)) {
    const int = integerOf(digits);
    return { int, float: Number(int) };
  }
  if (!decimal.test(text)) throw new Error(`bad number syntax: ${JSON.stringify(text)}`);
  const float = Number(digits);
  return { int: Number.isSafeInteger(float) ? BigInt(float) : undefined, float };
}

function integerOf(digits: string): bigint {
  const sign = digits.startsWith('-') ? -1n : 1n;
  const unsigned = digits.replace(/^[-+]/, '');
  // A leading 0 alone means octal.
  return sign * BigInt(/^0[0-7]+$/.test(unsigned) ? `0o${unsigned.slice(1)}` : unsigned);
}

/** `'a'` and `'\n'` are integers. Throws an Error on what is no single character. */
export function runeConstant(text: string): NumberConstant {
  const inner = text.slice(1, -1);
  const character = inner === "\\'" ? "'" : unquote(`"${inner}"`);
  const code = character.codePointAt(0);
  if (code === undefined || [...character].length !== 1) throw new Error(`malformed character constant: ${text}`);
  return { int: BigInt(code), float: code };
}

/** Throws an Error, in Go's words. */
export function stringConstant(text: string): string {
  if (text.startsWith('`')) return text.slice(1, -1).replaceAll('\r', '');
  try {
    return unquote(text);
  } catch {
    throw new Error('invalid syntax');
  }
}
