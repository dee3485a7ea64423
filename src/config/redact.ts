import { type JsonSchema, jsonSchemaOf } from '../lib/json-schema.ts';
import { isSecretSource } from '../lib/secret.ts';
import { setAt } from './layers.ts';
import type { LoadedConfig } from './load.ts';
import { Settings } from './schema.ts';
import { isMapping } from './secrets.ts';

/**
 * Every setting as it could be written in a file, defaults included: a secret's text as `[secret]`, a secret's file as
 * its `_file` key.
 */
export function effectiveSettings({ config, written }: LoadedConfig): unknown {
  const root = jsonSchemaOf(Settings);
  const decided = [
    { path: ['external_url'], value: config.external_url },
    { path: ['data_dir'], value: config.data_dir },
    { path: ['docker', 'host'], value: config.docker.host },
    { path: ['scrape', 'instance'], value: config.scrape.instance },
    { path: ['rules', 'files'], value: config.rules.files },
  ];
  return redact(
    fill(
      root,
      root,
      decided.reduce((value, entry) => setAt(value, entry.path, entry.value), written),
    ),
  );
}

/** What is not written gets its default; the order is the schema's. */
function fill(root: JsonSchema, node: JsonSchema, value: unknown): unknown {
  const given = value ?? node.default;
  if (!isMapping(given) || !node.properties) return given;
  const entries = Object.entries(node.properties).map(([key, child]) => [key, fill(root, child, given[key])]);
  return Object.fromEntries(entries.filter(([, child]) => child !== undefined));
}

function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => {
      if (!isSecretSource(child)) return [key, redact(child)];
      return child.kind === 'file' ? [`${key}_file`, child.path] : [key, String(child)];
    }),
  );
}
