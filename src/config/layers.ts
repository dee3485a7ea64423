import { resolve } from 'node:path';
import type { Path } from '../lib/document.ts';
import type { EnvironmentValue } from './environment.ts';
import { isMapping } from './secrets.ts';

/** A key with nothing behind it, such as `collectors:` over commented lines, counts as not written. */
export function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNothing(item));
  if (!isMapping(value)) return value;
  const written = Object.entries(value).filter(([, child]) => child !== null);
  return Object.fromEntries(written.map(([key, child]) => [key, withoutNothing(child)]));
}

/** The variables that count over what the file says: a weak one only fills a gap. */
export function strongerThan(value: unknown, entries: readonly EnvironmentValue[]): readonly EnvironmentValue[] {
  return entries.filter(({ weak, path }) => !weak || valueAt(value, path) === undefined);
}

/** The file's value with the environment's on top. */
export function overlay(value: unknown, entries: readonly EnvironmentValue[]): unknown {
  return entries.reduce((merged, { path, value: leaf, replaces }) => {
    return setAt(replaces ? setAt(merged, replaces, undefined) : merged, path, leaf);
  }, value);
}

/** Makes every `…_file` absolute: a relative one starts at the directory that `baseOf` gives for its key. */
export function resolveFiles(value: unknown, baseOf: (path: Path) => string, path: Path = []): unknown {
  if (Array.isArray(value)) return value.map((item, index) => resolveFiles(item, baseOf, [...path, index]));
  if (isMapping(value)) {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, child]) => [key, resolveFiles(child, baseOf, [...path, key])]));
  }
  const isFile = typeof value === 'string' && value !== '' && String(path.at(-1)).endsWith('_file');
  return isFile ? resolve(baseOf(path), value) : value;
}

/** Where a text stands in a mapping's place nothing is set, so that the schema can refuse it. `undefined` unsets. */
export function setAt(value: unknown, [key, ...rest]: readonly string[], leaf: unknown): unknown {
  if (key === undefined) return leaf;
  if (value !== undefined && !isMapping(value)) return value;
  const child = setAt(value?.[key], rest, leaf);
  const others = Object.entries(value ?? {}).filter(([name]) => name !== key);
  return Object.fromEntries(child === undefined ? others : [...others, [key, child]]);
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, part) => {
    return typeof at === 'object' && at !== null ? (at as Readonly<Record<PropertyKey, unknown>>)[part] : undefined;
  }, value);
}
