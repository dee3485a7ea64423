import { inspect } from 'node:util';

const hidden = '[secret]';

/** Marks our own objects, so that no mapping in a file can pass for one. */
const brand: unique symbol = Symbol('secret');

/**
 * A secret as the configuration keeps it: its text, or the path of the file that holds it and that is read on each
 * use, so that a rotated secret counts without a restart. Prints as `[secret]` wherever it is printed whole.
 */
export type SecretSource =
  | { readonly [brand]: true; readonly kind: 'text'; readonly value: string }
  | { readonly [brand]: true; readonly kind: 'file'; readonly path: string };

export function secretText(value: string): SecretSource {
  return hide({ [brand]: true, kind: 'text', value });
}

export function secretFile(path: string): SecretSource {
  return hide({ [brand]: true, kind: 'file', path });
}

export function isSecretSource(value: unknown): value is SecretSource {
  return typeof value === 'object' && value !== null && brand in value;
}

/** Not enumerable: a spread copy or an equality check of the secret stays about the secret. */
function hide<T extends SecretSource>(source: T): T {
  const print = { value: () => hidden };
  return Object.defineProperties(source, { toJSON: print, toString: print, [inspect.custom]: print });
}

/** The secret's text now. Throws an Error that names the file, never its content. */
export async function readSecret(source: SecretSource, readFile: (path: string) => Promise<string>): Promise<string> {
  if (source.kind === 'text') return source.value;
  const text = (await readFile(source.path)).replace(/[\r\n]+$/, '');
  if (text.trim() === '') throw new Error(`${source.path} is empty`);
  return text;
}
