import { z } from 'zod';

/** The part of JSON Schema that zod writes and that we read: to explain errors, to name variables, to write docs. */
export interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  /** Ours: the value never reaches a message, and the key has a `_file` twin. */
  readonly secret?: boolean;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

const written = new WeakMap<z.ZodType, JsonSchema>();

/** What may be written (not what it is parsed into), as draft 2020-12. Made once for each schema. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const known = written.get(schema);
  if (known) return known;
  const made = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target: 'draft-2020-12' }) as JsonSchema;
  written.set(schema, made);
  return made;
}

export function nodeAt(root: JsonSchema, path: readonly PropertyKey[]): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>((node, part) => stepInto(root, node, part), root);
}

function stepInto(root: JsonSchema, node: JsonSchema | undefined, part: PropertyKey): JsonSchema | undefined {
  for (const choice of choicesOf(root, node)) {
    if (typeof part === 'number' && choice.items) return choice.items;
    const child = choice.properties?.[String(part)];
    if (child) return child;
    if (typeof choice.additionalProperties === 'object') return choice.additionalProperties;
  }
  return undefined;
}

/** The node itself and every branch of its unions, references followed. */
export function choicesOf(root: JsonSchema, node: JsonSchema | undefined): readonly JsonSchema[] {
  if (!node) return [];
  if (node.$ref === '#') return [root];
  if (node.$ref) return choicesOf(root, root.$defs?.[node.$ref.replace('#/$defs/', '')]);
  const inner = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
  return [node, ...inner.flatMap((choice) => choicesOf(root, choice))];
}
