import { type JsonSchema, jsonSchemaOf } from '../lib/json-schema.ts';
import { Settings } from './schema.ts';

/** A schema as it is written out: what we read of one, and what only editors and validators read. */
type WrittenSchema = Readonly<Record<string, unknown>>;

/** Editors know no `format` of ours, but every one of them knows a pattern. */
const durationPattern = '^(0|([0-9]+(ms|[ywdhms]))+)$';

/** JSON Schema, draft 2020-12, of runnerwatch.yml, for editors and other tools; `_file` twins included. */
export function configJsonSchema(): WrittenSchema {
  const { $schema, ...schema } = write(jsonSchemaOf(Settings));
  return { $schema, title: 'runnerwatch.yml', ...schema };
}

function write(node: JsonSchema): WrittenSchema {
  const { secret, ...rest } = node as JsonSchema & { readonly format?: string };
  return {
    ...rest,
    ...(secret ? { writeOnly: true } : {}),
    ...(rest.format === 'prometheus-duration' ? { pattern: durationPattern } : {}),
    ...(node.items ? { items: write(node.items) } : {}),
    ...(typeof node.additionalProperties === 'object'
      ? { additionalProperties: write(node.additionalProperties) }
      : {}),
    ...branches(node),
    ...(node.properties ? writeProperties(node.properties) : {}),
  };
}

function branches(node: JsonSchema): WrittenSchema {
  const kinds = ['anyOf', 'oneOf', 'allOf'] as const;
  return Object.fromEntries(kinds.flatMap((kind) => (node[kind] ? [[kind, node[kind].map(write)]] : [])));
}

/** Each secret with its twin behind it, and that the two exclude each other. */
function writeProperties(properties: Readonly<Record<string, JsonSchema>>): WrittenSchema {
  const secrets = Object.keys(properties).filter((key) => properties[key]?.secret);
  const written = Object.entries(properties).flatMap(([key, child]) =>
    child.secret
      ? [
          [key, write(child)],
          [`${key}_file`, twinOf(key)],
        ]
      : [[key, write(child)]],
  );
  const exclusions = secrets.map((key) => ({ not: { required: [key, `${key}_file`] } }));
  return {
    properties: Object.fromEntries(written),
    ...(exclusions.length > 0 ? { allOf: exclusions } : {}),
  };
}

function twinOf(key: string): WrittenSchema {
  return { type: 'string', minLength: 1, description: `File that holds ${key}; read again at each use.` };
}
