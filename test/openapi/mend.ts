import { isObject, type Json, type JsonObject } from './trim.ts';

/** Where GitHub's description is at odds with GitHub, or with itself: seen in @octokit/openapi 23.0. */
const flaws: readonly ((value: JsonObject) => JsonObject)[] = [
  createdIsARange,
  ownMediaTypeIsMissing,
  linkLeadsNowhere,
  jobExampleHasNoCreation,
  repositoryExampleHasNoLanguage,
  tokenExampleEnded,
];

/** The description without its known flaws, so that all that is left can be asked for strictly. */
export function mend(description: JsonObject): JsonObject {
  const mended = flaws.reduce((before, flaw) => flaw(before), description);
  return Object.fromEntries(Object.entries(mended).map(([key, part]) => [key, mendPart(part)]));
}

function mendPart(value: Json): Json {
  if (Array.isArray(value)) return value.map(mendPart);
  return isObject(value) ? mend(value) : value;
}

/** `created` takes GitHub's search syntax, `>=2026-01-01T00:00:00Z`, but is described as one date. */
function createdIsARange(value: JsonObject): JsonObject {
  return value.in === 'query' && value.name === 'created' ? { ...value, schema: { type: 'string' } } : value;
}

/** GitHub takes its own media type for every call, which Octokit asks for, and answers with plain JSON. */
function ownMediaTypeIsMissing(value: JsonObject): JsonObject {
  if (!isObject(value.content)) return value;
  const { 'application/json': json } = value.content;
  if (json === undefined) return value;
  return { ...value, content: { ...value.content, 'application/vnd.github.v3+json': json } };
}

/** The example's second page has the same second page after it: following it never ends. */
function linkLeadsNowhere(value: JsonObject): JsonObject {
  if (!isObject(value.Link)) return value;
  const { Link: _, ...others } = value;
  return others;
}

/** A job must have `created_at`, which its example lacks. */
function jobExampleHasNoCreation(value: JsonObject): JsonObject {
  const isJob = 'check_run_url' in value && 'runner_name' in value && typeof value.started_at === 'string';
  return isJob && !('created_at' in value) ? { ...value, created_at: value.started_at ?? null } : value;
}

/** A repository must have `language`, which may be null, and which its example lacks. */
function repositoryExampleHasNoLanguage(value: JsonObject): JsonObject {
  const isRepository = typeof value.full_name === 'string' && typeof value.clone_url === 'string';
  return isRepository && !('language' in value) ? { ...value, language: null } : value;
}

/** An installation's token is good for an hour; the example's was so in 2016. */
function tokenExampleEnded(value: JsonObject): JsonObject {
  if (typeof value.token !== 'string' || typeof value.expires_at !== 'string') return value;
  return { ...value, expires_at: new Date(Date.now() + 3_600_000).toISOString() };
}
