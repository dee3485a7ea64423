/**
 * What flows through a template, as Go's types: bigint is int, number is float64, undefined is nil. Maps, lists and
 * structs carry the name of their Go type, because errors and `%T` show it, and methods, because templates call them.
 */
export type GoValue = undefined | string | boolean | number | bigint | GoMap | GoList | GoStruct;

export interface GoMap {
  readonly kind: 'map';
  readonly type: string;
  readonly entries: ReadonlyMap<string, GoValue>;
  /** What a key that is not there reads as. */
  readonly zero: GoValue;
  readonly methods: GoFunctions;
}

export interface GoList {
  readonly kind: 'list';
  readonly type: string;
  readonly items: readonly GoValue[];
  readonly methods: GoFunctions;
}

export interface GoStruct {
  readonly kind: 'struct';
  readonly type: string;
  readonly fields: Readonly<Record<string, GoValue>>;
  readonly methods: GoFunctions;
  /** Go's String method, where it has one. */
  readonly text: string | undefined;
}

/** `any`, a basic Go type, or the name of the type that the argument has to have. */
export type GoType = string;

export interface GoFunction {
  readonly params: readonly GoType[];
  /** The type of any further arguments. */
  readonly variadic?: GoType;
  /** Throws an Error, which the template's error then quotes. */
  call(args: readonly GoValue[]): GoValue;
}

export type GoFunctions = ReadonlyMap<string, GoFunction>;

const none: GoFunctions = new Map();

export function mapOf(entries: Readonly<Record<string, string>>, methods = none, type = 'map[string]string'): GoMap {
  return { kind: 'map', type, entries: new Map(Object.entries(entries)), zero: '', methods };
}

export function listOf(items: readonly GoValue[], type: string, methods = none): GoList {
  return { kind: 'list', type, items, methods };
}

export function structOf(
  type: string,
  fields: Readonly<Record<string, GoValue>>,
  { methods = none, text }: { readonly methods?: GoFunctions; readonly text?: string } = {},
): GoStruct {
  return { kind: 'struct', type, fields, methods, text };
}

const basicTypes: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'bool',
  number: 'float64',
  bigint: 'int',
  undefined: '<nil>',
};

export function typeOf(value: GoValue): string {
  return typeof value === 'object' ? value.type : (basicTypes[typeof value] ?? 'any');
}

/** Go's truth: not the zero value, and for what has a length not empty. */
export function isTrue(value: GoValue): boolean {
  if (typeof value === 'number') return value !== 0;
  if (typeof value !== 'object') return Boolean(value);
  if (value.kind === 'struct') return true;
  return value.kind === 'map' ? value.entries.size > 0 : value.items.length > 0;
}

/** Go sorts by bytes, which is by code points; a JavaScript comparison is by UTF-16 units. */
export function compareTexts(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

export function sortedKeys(map: GoMap): readonly string[] {
  return [...map.entries.keys()].sort(compareTexts);
}
