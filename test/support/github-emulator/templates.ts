import { readFileSync } from 'node:fs';

type Template = 'app' | 'full-repository' | 'installation' | 'job' | 'release' | 'repository' | 'run' | 'user';
export type Body = Readonly<Record<string, unknown>>;

const texts = new Map<Template, string>();

/**
 * An object of test/fixtures/github: the example of GitHub's own description, cut down to what it requires, in which
 * words such as OWNER stand for what varies.
 */
function fill(name: Template, words: Readonly<Record<string, string | number>> = {}): Body {
  let text = texts.get(name) ?? readFileSync(new URL(`../../fixtures/github/${name}.json`, import.meta.url), 'utf8');
  texts.set(name, text);
  for (const [word, value] of Object.entries(words)) text = text.replaceAll(word, String(value));
  return JSON.parse(text) as Body;
}

/** RFC 3339 with whole seconds, as GitHub writes it; null for null. */
export function timeText(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A number that is the same for the same name, for objects that the emulator keeps no record of. */
export function numberOf(name: string): number {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 2_000_000_011;
  return hash;
}

export function userBody(login: string, type = 'Organization'): Body {
  return { ...fill('user', { OWNER: login }), id: numberOf(login), type };
}

const repositories = new Map<string, Body>();

/** What other objects carry of a repository. */
export function repositoryBody(name: string): Body {
  const known = repositories.get(name);
  if (known) return known;
  const [owner = '', repo = ''] = name.split('/');
  const body = { ...fill('repository', { OWNER: owner, REPO: repo }), id: numberOf(name), owner: userBody(owner) };
  repositories.set(name, body);
  return body;
}

export function fullRepositoryBody(name: string, varies: Body): Body {
  const [owner = '', repo = ''] = name.split('/');
  return { ...repositoryBody(name), ...fill('full-repository', { OWNER: owner, REPO: repo }), ...varies };
}

interface Place {
  readonly repository: string;
  readonly runId: number;
  readonly sha: string;
}

export function runBody({ repository, runId, sha }: Place, varies: Body): Body {
  const [owner = '', repo = ''] = repository.split('/');
  const own = repositoryBody(repository);
  const filled = fill('run', { OWNER: owner, REPO: repo, RUN: runId, SHA: sha });
  return { ...filled, id: runId, repository: own, head_repository: own, ...varies };
}

export function jobBody({ repository, runId, sha }: Place, jobId: number, varies: Body): Body {
  const [owner = '', repo = ''] = repository.split('/');
  const filled = fill('job', { OWNER: owner, REPO: repo, RUN: runId, JOB: jobId, SHA: sha });
  return { ...filled, id: jobId, run_id: runId, ...varies };
}

export function installationBody(account: string, varies: Body): Body {
  const user = userBody(account);
  return { ...fill('installation'), account: user, target_id: user.id, ...varies };
}

export function appBody(varies: Body): Body {
  return { ...fill('app'), owner: userBody('octo'), ...varies };
}

export function releaseBody(version: string, varies: Body): Body {
  return { ...fill('release', { VERSION: version }), author: userBody('github-actions', 'Bot'), ...varies };
}
