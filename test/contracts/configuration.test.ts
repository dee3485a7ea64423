import { describe, expect, it } from 'vitest';
import { keysOf } from '../../src/config/keys.ts';
import { Settings } from '../../src/config/schema.ts';
import { choicesOf, type JsonSchema, jsonSchemaOf } from '../../src/lib/json-schema.ts';

const root = jsonSchemaOf(Settings);

/** Every key at every depth, the items of lists included. */
function described(node: JsonSchema, path: string): readonly (readonly [string, JsonSchema])[] {
  return choicesOf(root, node).flatMap(({ properties = {}, items }) => [
    ...Object.entries(properties).flatMap(([name, child]) => {
      const here = path === '' ? name : `${path}.${name}`;
      return [[here, child] as const, ...described(child, here)];
    }),
    ...(items ? described(items, `${path}[]`) : []),
  ]);
}

describe.each(described(root, ''))('key %s', (path, node) => {
  it('is explained in one sentence', () => {
    expect(node.description).toMatch(/^[A-Z].*\.$/);
  });

  it('is written in lower case, a collector with its own name', () => {
    expect(path).toMatch(/^[a-z0-9_]+((\.|\[\]\.)[a-z0-9_-]+)*$/);
  });
});

it('every key of a secret is marked as one', () => {
  const unmarked = described(root, '').filter(
    ([path, node]) =>
      /(^|[._])(token|password|passphrase|secret|private_key)$/.test(path) &&
      !choicesOf(root, node).some(({ secret }) => secret === true),
  );
  expect(unmarked.map(([path]) => path)).toEqual([]);
});

it('no two keys have the same variable', () => {
  const variables = keysOf(Settings).map(({ variable }) => variable);
  expect(variables).toHaveLength(new Set(variables).size);
});

it('is valid when it is empty', () => {
  expect(Settings.safeParse({}).success).toBe(true);
});
