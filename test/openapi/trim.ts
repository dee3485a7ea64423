import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export type Description = 'api.github.com' | 'ghec';

/** A call as a description has it: `GET /repos/{owner}/{repo}`. */
export interface DescribedCall {
  readonly method: string;
  readonly path: string;
  readonly description: Description;
}

/** One of GitHub's descriptions of its API (OpenAPI 3), from where `npm run services` put them. */
export function readDescription(folder: string, name: Description): JsonObject {
  const file = join(folder, 'node_modules/@octokit/openapi/generated', `${name}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as JsonObject;
}

/** The operation of a call; undefined where the description has none. */
export function operationOf(
  description: JsonObject,
  { method, path }: Pick<DescribedCall, 'method' | 'path'>,
): Json | undefined {
  return at(description, ['paths', path, method.toLowerCase()]);
}

/** A small description with these calls only: all of it takes Prism ten seconds and half a gigabyte of memory. */
export function trim(
  descriptions: Readonly<Record<Description, JsonObject>>,
  calls: readonly DescribedCall[],
): JsonObject {
  const paths: Record<string, Record<string, Json>> = {};
  for (const call of calls) {
    const description = descriptions[call.description];
    const operation = operationOf(description, call);
    if (operation === undefined) throw new Error(`${call.description} does not describe ${call.method} ${call.path}`);
    paths[call.path] = { ...paths[call.path], [call.method.toLowerCase()]: inline(description, operation) };
  }
  const { openapi = '3.0.3', info = {} } = descriptions['api.github.com'];
  return { openapi, info, paths };
}

/** With every reference replaced by what it refers to: the descriptions need not share components then. */
function inline(description: JsonObject, value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => inline(description, item));
  if (!isObject(value)) return value;
  if (typeof value.$ref === 'string') {
    const target = at(description, value.$ref.slice(2).split('/'));
    if (target === undefined) throw new Error(`${value.$ref} refers to nothing`);
    return inline(description, target);
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inline(description, part)]));
}

function at(root: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = root;
  for (const step of path) value = isObject(value) ? value[step] : undefined;
  return value;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
