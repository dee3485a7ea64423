import type { z } from 'zod';
import type { Asking } from './access.ts';
import type { Etags } from './etags.ts';
import type { Answer } from './exchange.ts';
import { errorOf, GithubError } from './github-error.ts';
import { createLists, type Lists, type Page, type Read } from './lists.ts';
import type { MissingPermissions } from './permissions.ts';
import type { createTurns } from './turns.ts';

export interface Reader extends Lists {
  /** One answer, asked with the ETag of the last. Throws a GithubError, or the signal's reason. */
  one<T>(read: Read<T>): Promise<T>;
}

interface ReaderDeps {
  readonly asking: Asking;
  readonly etags: Etags;
  readonly permissions: MissingPermissions;
  readonly inTurn: ReturnType<typeof createTurns>;
}

/** Reads what GitHub has, one request after another; what has not changed costs nothing of the hourly limit. */
export function createReader({ asking, etags, permissions, inTurn }: ReaderDeps): Reader {
  async function page<T>({ call, scope, what, schema, signal }: Read<T>): Promise<Page<T>> {
    const url = call.path + call.query;
    const question = { ...call, what, signal };
    const { answer, credential } = await asking.ask(question, scope, (name) => etags.get(name, url)?.etag);
    const use = { credential, scope: scope.name, endpoint: call.endpoint };
    const kept = etags.get(credential, url);
    if (answer.status === 304 && kept) {
      permissions.allowed(use);
      // One URL is always read by one schema.
      return { value: kept.value as T, before: kept.value as T, next: kept.next };
    }
    etags.drop(credential, url);
    permissions.refused(use, answer);
    if (answer.status !== 200) throw errorOf(answer, question);
    permissions.allowed(use);
    const value = parsed(schema, answer, what);
    const next = nextQuery(answer.headers.link);
    const { etag } = answer.headers;
    if (etag !== undefined) etags.keep(credential, url, { etag, value, next, size: sizeOf(value) });
    return { value, before: kept?.value as T | undefined, next };
  }

  const turn = <T>(read: Read<T>): Promise<Page<T>> => inTurn(read.signal, () => page(read));
  return { one: async (read) => (await turn(read)).value, ...createLists(turn) };
}

function parsed<T>(schema: z.ZodType<T>, { data }: Answer, what: string): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'the whole';
  throw new GithubError('malformed', `GitHub's answer for ${what} is not as documented: ${where}: ${issue?.message}`);
}

function sizeOf(value: unknown): number {
  const list = typeof value === 'object' && value !== null && 'items' in value ? value.items : value;
  return 1 + (Array.isArray(list) ? list.length : 0);
}

/**
 * The query of the next page from a `Link` header (RFC 8288). Only its query is taken: the header's address may be
 * one that a proxy hides, and the token goes nowhere but to the configured API.
 */
function nextQuery(link: string | undefined): string | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined || !URL.canParse(target, 'http://relative')) return undefined;
  return new URL(target, 'http://relative').search || undefined;
}
