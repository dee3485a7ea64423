import type { Path } from '../lib/document.ts';
import { choicesOf, type JsonSchema, nodeAt } from '../lib/json-schema.ts';
import { secretFile, secretText } from '../lib/secret.ts';

/** A `token_file` that was found, and the key that it stands for. */
export interface SecretTwin {
  /** Of `token_file` itself. */
  readonly path: Path;
  /** Of `token`. */
  readonly target: Path;
  readonly file: string;
  /** Whether `token` is written beside it. */
  readonly both: boolean;
}

interface Taken {
  readonly value: unknown;
  readonly twins: readonly SecretTwin[];
}

/**
 * Replaces each secret, and each `<secret>_file`, by a SecretSource at `<secret>`: the schema knows one key, and no
 * secret lies open after this. `path` says where in the schema the value belongs.
 */
export function takeSecrets(root: JsonSchema, value: unknown, path: Path = []): Taken {
  if (Array.isArray(value)) {
    const items = value.map((item, index) => takeSecrets(root, item, [...path, index]));
    return { value: items.map((item) => item.value), twins: items.flatMap(({ twins }) => twins) };
  }
  if (!isMapping(value)) return leaf(value);
  const secrets = secretKeys(root, path);
  const own = twinsOf(secrets, value, path);
  const plain = Object.entries(value).filter(([key]) => !own.some((twin) => twin.path.at(-1) === key));
  const taken = plain.map(([key, child]): [string, Taken] => {
    if (secrets.includes(key) && typeof child === 'string' && child !== '') return [key, leaf(secretText(child))];
    return [key, takeSecrets(root, child, [...path, key])];
  });
  return {
    value: Object.fromEntries([
      ...taken.map(([key, child]) => [key, child.value]),
      ...own.map(({ target, file }) => [target.at(-1), secretFile(file)]),
    ]),
    twins: [...own, ...taken.flatMap(([, { twins }]) => twins)],
  };
}

function leaf(value: unknown): Taken {
  return { value, twins: [] };
}

/** A twin whose value is no text stays where it is, and the schema refuses it as a key that does not exist. */
function twinsOf(secrets: readonly string[], value: Mapping, path: Path): readonly SecretTwin[] {
  return secrets.flatMap((key) => {
    const file = value[`${key}_file`];
    if (typeof file !== 'string' || file === '') return [];
    const twin = { path: [...path, `${key}_file`], target: [...path, key] };
    return [{ ...twin, file, both: key in value }];
  });
}

function secretKeys(root: JsonSchema, path: Path): readonly string[] {
  const choices = choicesOf(root, nodeAt(root, path));
  const keys = choices.flatMap(({ properties = {} }) => Object.entries(properties));
  return [...new Set(keys.filter(([, { secret }]) => secret).map(([key]) => key))];
}

export type Mapping = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
