import type { z } from 'zod';
import type { Path } from '../lib/document.ts';
import { choicesOf, type JsonSchema, jsonSchemaOf } from '../lib/json-schema.ts';

/** One key that may be set: a leaf of the schema, or a list of mappings as a whole. */
export interface ConfigKey {
  readonly path: readonly string[];
  /** `RUNNERWATCH_COLLECTORS_ICMP_INTERVAL` for `collectors.icmp.interval`. */
  readonly variable: string;
  readonly node: JsonSchema;
}

/** Every key of a schema, in its order. A key below a list or a free mapping has no name of its own. */
export function keysOf(schema: z.ZodType): readonly ConfigKey[] {
  const root = jsonSchemaOf(schema);
  return leaves(root, root, []);
}

function leaves(root: JsonSchema, node: JsonSchema, path: readonly string[]): readonly ConfigKey[] {
  if (!node.properties) return [{ path, variable: variableOf(path), node }];
  return Object.entries(node.properties).flatMap(([name, child]) => leaves(root, child, [...path, name]));
}

export function variableOf(path: readonly string[]): string {
  return `RUNNERWATCH_${path.join('_').replaceAll('-', '_').toUpperCase()}`;
}

/** What a variable's text means for its key: a number, a boolean, a list split at commas, YAML, or the text itself. */
export type Reading = 'text' | 'number' | 'boolean' | 'list' | 'yaml';

export function readingOf({ node }: ConfigKey): Reading {
  const choices = choicesOf(node, node);
  const types = new Set(choices.map(({ type }) => type));
  if (types.has('object')) return 'yaml';
  if (types.has('array')) return choices.every(({ items }) => isScalar(items)) ? 'list' : 'yaml';
  if (types.has('boolean')) return 'boolean';
  return types.has('number') || types.has('integer') ? 'number' : 'text';
}

function isScalar(items: JsonSchema | undefined): boolean {
  return items === undefined || items.type === 'string';
}

export function startsWith(path: Path, start: Path): boolean {
  return start.every((part, index) => path[index] === part);
}
