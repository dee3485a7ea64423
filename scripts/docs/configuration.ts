import { aliases } from '../../src/config/environment.ts';
import { variableOf } from '../../src/config/keys.ts';
import { Settings } from '../../src/config/schema.ts';
import { choicesOf, type JsonSchema, jsonSchemaOf } from '../../src/lib/json-schema.ts';
import { code, page, table } from './markdown.ts';

const schema = jsonSchemaOf(Settings);

interface Key {
  readonly path: string;
  readonly node: JsonSchema;
  readonly required: boolean;
  /** Undefined below a list or a free mapping: no variable can name one of its items. */
  readonly variable: string | undefined;
}

/** The objects that a node may be, whether itself, as a choice, or as the items of a list. */
function childrenOf(node: JsonSchema): { readonly suffix: string; readonly object: JsonSchema } | undefined {
  const choices = choicesOf(schema, node);
  const object = choices.find(({ properties }) => properties);
  if (object) return { suffix: '', object };
  for (const { items, additionalProperties } of choices) {
    const below = items ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    const found = choicesOf(schema, below).find(({ properties }) => properties);
    if (found) return { suffix: items ? '[]' : '.<name>', object: found };
  }
  return undefined;
}

function keysBelow(object: JsonSchema, path: readonly string[], named: boolean): readonly Key[] {
  return Object.entries(object.properties ?? {}).flatMap(([name, node]) => {
    const here = [...path, name];
    const children = childrenOf(node);
    const own: Key = {
      path: here.join('.'),
      node,
      required: (object.required ?? []).includes(name),
      variable: named ? variableOf(here) : undefined,
    };
    if (!children) return [own];
    const deeper = keysBelow(children.object, [...path, name + children.suffix], named && children.suffix === '');
    return children.suffix === '' ? deeper : [own, ...deeper];
  });
}

/** The words for one choice of a type. */
function wordsFor({ type, enum: values, format, items }: JsonSchema): readonly string[] {
  if (values) return values.map((value) => code(String(value)));
  if (format === 'prometheus-duration') return ['duration'];
  if (format === 'uri') return ['URL'];
  if (type === 'array') return [items ? `list of ${typeOf(items)}` : 'list'];
  if (type === 'object') return ['mapping'];
  return type === undefined ? [] : [type];
}

function typeOf(node: JsonSchema): string {
  return [...new Set(choicesOf(schema, node).flatMap(wordsFor))].join(' or ');
}

function defaultOf({ node, required }: Key): string {
  if (node.default !== undefined)
    return code(typeof node.default === 'string' ? node.default : JSON.stringify(node.default));
  return required ? '**required**' : '';
}

/** Every variable that may set the key; a secret's may each name a file instead. */
function variablesOf({ path, variable }: Key, secret: boolean): string {
  if (variable === undefined) return '';
  const others = Object.keys(aliases).filter((alias) => aliases[alias]?.key === path);
  const twin = secret ? '; any with `_FILE`' : '';
  return [variable, ...others].map(code).join(', ') + twin;
}

function row(key: Key): string[] {
  const secret = choicesOf(schema, key.node).some((choice) => choice.secret);
  const twin = secret ? ` Secret: never shown; or its file as ${code(`${key.path.split('.').at(-1)}_file`)}.` : '';
  const meaning = (key.node.description ?? '') + twin;
  return [code(key.path), typeOf(key.node), defaultOf(key), variablesOf(key, secret), meaning];
}

function keyTable(keys: readonly Key[]): string {
  return table(['key', 'type', 'default', 'environment', 'meaning'], keys.map(row));
}

function section([name, node]: [string, JsonSchema]): string[] {
  const keys = keysBelow({ properties: { [name]: node } }, [], true);
  return [`## ${name}`, node.description ?? '', ...(keys.length === 0 ? [] : [keyTable(keys)])];
}

const intro = `Every key is optional unless it is marked as required. A key with a variable can come from the environment
instead, and the environment wins over the file. In a variable, a list is split at commas and a mapping is written as
YAML. An unknown key is an error. Durations are written as in Prometheus: \`30s\`, \`5m\`, \`1h30m\`.

\`runnerwatch check-config\` checks a file. \`runnerwatch config-schema\` prints the JSON Schema that is also kept as
[schema/runnerwatch.schema.json](schema/runnerwatch.schema.json).`;

/** docs/configuration.md: every key that may be written in runnerwatch.yml. */
export function configurationPage(): string {
  const entries = Object.entries(schema.properties ?? {});
  const plain = entries.filter(([, node]) => !childrenOf(node));
  const nested = entries.filter(([, node]) => childrenOf(node));
  const general = keyTable(keysBelow({ properties: Object.fromEntries(plain) }, [], true));
  return page('Configuration', 'src/config/schema.ts', [intro, '## General', general, ...nested.flatMap(section)]);
}
