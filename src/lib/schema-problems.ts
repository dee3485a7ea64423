import { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** A zod issue as an operator reads it: what was found, what was expected, how to mend it. */
interface SchemaProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly mend: string;
}

export function problemsOf(schema: z.ZodType, value: unknown, error: z.ZodError): readonly SchemaProblem[] {
  return error.issues.flatMap((issue) => flatten(issue)).flatMap((issue) => explain(schema, value, issue));
}

/** A union's failure as the failure of the branch that came nearest. */
function flatten(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const nearest = [...issue.errors].sort((a, b) => distance(a) - distance(b))[0] ?? [];
  return nearest.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** A branch that fails at its root was not the one that was meant. */
function distance(issues: readonly Issue[]): number {
  return issues.some(({ path }) => path.length === 0) ? 1000 + issues.length : issues.length;
}

function explain(schema: z.ZodType, value: unknown, issue: Issue): readonly SchemaProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: 'found a key that does not exist here',
      mend: mendKey(key, known),
    }));
  }
  const found = valueAt(value, issue.path);
  if (found === undefined) {
    return [
      { path: issue.path, message: `found nothing, expected ${expectation(issue)}`, mend: 'Add the missing key' },
    ];
  }
  const isSecret = nodeAt(rootOf(schema), issue.path)?.secret === true;
  return [
    {
      path: issue.path,
      message: `found ${isSecret ? 'a value' : show(found)}, expected ${expectation(issue)}`,
      mend: 'Correct the value',
    },
  ];
}

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_value') return `one of ${issue.values.map((value) => String(value)).join(', ')}`;
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) return article(issue.expected);
  if (issue.code === 'too_small') return `at least ${issue.minimum}${lengthOf(issue.origin)}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum}${lengthOf(issue.origin)}`;
  return issue.message.replace(/^expected /, '').replace(/^Invalid input: expected /, '');
}

function lengthOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' || origin === 'set' ? ' items' : '';
}

function article(type: string): string {
  const words: Readonly<Record<string, string>> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
    record: 'a mapping',
  };
  return words[type] ?? type;
}

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…"` : text;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, part) => (at !== null && typeof at === 'object' ? (at as Record<PropertyKey, unknown>)[part] : undefined),
    value,
  );
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly secret?: boolean;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

function rootOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

function nodeAt(root: JsonSchema, path: readonly PropertyKey[]): JsonSchema | undefined {
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

function choicesOf(root: JsonSchema, node: JsonSchema | undefined): readonly JsonSchema[] {
  if (!node) return [];
  if (node.$ref === '#') return [root];
  if (node.$ref) return choicesOf(root, root.$defs?.[node.$ref.replace('#/$defs/', '')]);
  const inner = [...(node.anyOf ?? []), ...(node.allOf ?? [])];
  return [node, ...inner.flatMap((choice) => choicesOf(root, choice))];
}

function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const root = rootOf(schema);
  return choicesOf(root, nodeAt(root, path)).flatMap(({ properties }) => Object.keys(properties ?? {}));
}

function mendKey(key: string, known: readonly string[]): string {
  const [nearest] = known
    .map((name) => ({ name, edits: editDistance(key, name) }))
    .filter(({ name, edits }) => edits <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.edits - b.edits);
  if (nearest) return `Did you mean ${nearest.name}?`;
  return known.length === 0 ? 'Remove it' : `Remove it; known here: ${[...known].sort().join(', ')}`;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
