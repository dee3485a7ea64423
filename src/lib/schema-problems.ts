import type { z } from 'zod';
import { choicesOf, type JsonSchema, jsonSchemaOf, nodeAt } from './json-schema.ts';
import { nearestName } from './nearest.ts';
import { isSecretSource } from './secret.ts';

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

/** A branch that fails at its root was not the one that was meant, but for a misspelt key of it. */
function distance(issues: readonly Issue[]): number {
  return issues.some(({ path, code }) => path.length === 0 && code !== 'unrecognized_keys')
    ? 1000 + issues.length
    : issues.length;
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
  const root = jsonSchemaOf(schema);
  const isSecret = isSecretSource(found) || (typeof found !== 'object' && holdsSecret(root, nodeAt(root, issue.path)));
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
  const text = (JSON.stringify(value) ?? String(value)).replace(/(:\/\/)[^/@\s]*@/, '$1[secret]@');
  return text.length > 80 ? `${text.slice(0, 77)}…"` : text;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, part) => (at !== null && typeof at === 'object' ? (at as Record<PropertyKey, unknown>)[part] : undefined),
    value,
  );
}

/** A text where a mapping with a secret belongs may be that secret. `seen` ends the way round a recursive schema. */
function holdsSecret(root: JsonSchema, node: JsonSchema | undefined, seen = new Set<JsonSchema>()): boolean {
  return choicesOf(root, node).some((choice) => {
    if (seen.has(choice)) return false;
    seen.add(choice);
    const children = [...Object.values(choice.properties ?? {}), ...(choice.items ? [choice.items] : [])];
    return choice.secret === true || children.some((child) => holdsSecret(root, child, seen));
  });
}

function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const root = jsonSchemaOf(schema);
  const keys = choicesOf(root, nodeAt(root, path)).flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([key, { secret }]) => (secret ? [key, `${key}_file`] : [key])),
  );
  return [...new Set(keys)];
}

function mendKey(key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known);
  if (nearest) return `Did you mean ${nearest}?`;
  return known.length === 0 ? 'Remove it' : `Remove it; known here: ${[...known].sort().join(', ')}`;
}
