import { readDocument } from '../lib/document.ts';
import { nearestName } from '../lib/nearest.ts';
import { type Problem, ProblemsError } from '../lib/problem.ts';
import { type ConfigKey, readingOf, variableOf } from './keys.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What one variable says about one key. */
export interface EnvironmentValue {
  readonly path: readonly string[];
  readonly variable: string;
  readonly value: unknown;
  /** The key that must not stand beside it: `token_file` for `token`, and the other way round. */
  readonly replaces: readonly string[] | undefined;
  /** Whether it is only a default, which the file overrides. */
  readonly weak: boolean;
}

interface EnvironmentLayer {
  readonly values: readonly EnvironmentValue[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** Names that runners and Docker already have; our own variable of the same key wins. */
export const aliases: Readonly<Record<string, { readonly key: string; readonly weak: boolean }>> = {
  GITHUB_REPOSITORY: { key: 'github.repositories', weak: false },
  GITHUB_ORG: { key: 'github.organizations', weak: false },
  GITHUB_TOKEN: { key: 'github.token', weak: false },
  GITHUB_APP_ID: { key: 'github.app.id', weak: false },
  GITHUB_APP_PRIVATE_KEY: { key: 'github.app.private_key', weak: false },
  GITHUB_API_URL: { key: 'github.api_url', weak: false },
  DOCKER_HOST: { key: 'docker.host', weak: true },
};

/** The variable that names the configuration file; it is no key. */
export const configVariable = 'RUNNERWATCH_CONFIG';

/** An empty variable counts as not set: Compose passes `${NAME:-}` on as one. */
export function readEnvironment(keys: readonly ConfigKey[], env: Environment): EnvironmentLayer {
  const named = [...aliasesOf(keys), ...keys.map((key) => ({ variable: key.variable, key, weak: false }))];
  const readings = named.map((name) => ({ id: name.key.path.join('.'), ...readVariable(name, env) }));
  const winners = new Map(readings.flatMap(({ id, value }) => (value ? [[id, value]] : [])));
  return {
    values: [...winners.values()],
    problems: readings.flatMap(({ problems = [] }) => problems),
    warnings: unknownVariables(keys, env),
  };
}

interface NamedKey {
  readonly variable: string;
  readonly key: ConfigKey;
  readonly weak: boolean;
}

function aliasesOf(keys: readonly ConfigKey[]): readonly NamedKey[] {
  return Object.entries(aliases).flatMap(([variable, alias]) => {
    const key = keys.find(({ path }) => path.join('.') === alias.key);
    return key ? [{ variable, key, weak: alias.weak }] : [];
  });
}

interface VariableReading {
  readonly value?: EnvironmentValue;
  readonly problems?: readonly Problem[];
}

function readVariable({ variable, key, weak }: NamedKey, env: Environment): VariableReading {
  if (key.node.secret) return readSecretVariable(variable, key, env);
  const text = env[variable] ?? '';
  if (text === '') return {};
  try {
    return { value: { path: key.path, variable, value: parse(key, variable, text), replaces: undefined, weak } };
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return { problems: error.problems.map(({ message, mend }) => environmentProblem(variable, message, mend)) };
  }
}

function readSecretVariable(variable: string, { path }: ConfigKey, env: Environment): VariableReading {
  const twin = { path: [...path.slice(0, -1), `${path.at(-1)}_file`], variable: `${variable}_FILE` };
  const text = env[variable] ?? '';
  const file = env[twin.variable] ?? '';
  if (text !== '' && file !== '') {
    const message = `found it beside ${variable}, expected one of the two`;
    return { problems: [environmentProblem(twin.variable, message, 'Unset one of them')] };
  }
  if (file !== '') return { value: { ...twin, value: file, replaces: path, weak: false } };
  return text === '' ? {} : { value: { path, variable, value: text, replaces: twin.path, weak: false } };
}

/** A text that does not fit is passed on as it is: the schema then says what it expected. */
function parse(key: ConfigKey, variable: string, text: string): unknown {
  const reading = readingOf(key);
  if (reading === 'list')
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  if (reading === 'yaml') return readDocument(variable, text).value;
  if (reading === 'number') return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  if (reading === 'boolean') return ({ true: true, false: false } as Record<string, unknown>)[text] ?? text;
  return text;
}

function environmentProblem(variable: string, message: string, mend: string): Problem {
  return { file: 'environment', key: variable, message, mend };
}

const prefix = variableOf(['']);

/** Only a warning: Compose files and scripts may use the same prefix for their own. */
function unknownVariables(keys: readonly ConfigKey[], env: Environment): readonly string[] {
  const known = keys.flatMap(({ variable, node }) => (node.secret ? [variable, `${variable}_FILE`] : [variable]));
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith(prefix) && name !== configVariable && !known.includes(name),
  );
  // Without the prefix, which would make every two names look alike.
  const rests = known.map((name) => name.slice(prefix.length));
  return unknown.sort().map((name) => {
    const nearest = nearestName(name.slice(prefix.length), rests);
    return `${name} is no setting and was ignored${nearest ? `; did you mean ${prefix}${nearest}?` : ''}`;
  });
}
