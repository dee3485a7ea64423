import type { z } from 'zod';
import type { GithubScope } from '../../model/runner.ts';
import type { Asking } from './access.ts';
import type { Call } from './endpoints.ts';
import type { Etags } from './etags.ts';
import type { Answer } from './exchange.ts';
import { errorOf, GithubError } from './github-error.ts';
import type { MissingPermissions } from './permissions.ts';
import type { createTurns } from './turns.ts';

/** What to read, and as whom. */
export interface Read<T> {
  readonly call: Call;
  /** Whose credential reads it. */
  readonly scope: GithubScope;
  /** For messages: `the runners of o/r`. */
  readonly what: string;
  readonly schema: z.ZodType<T>;
  readonly signal: AbortSignal;
}

/** One page of a list. */
export interface Listed<T> {
  readonly items: readonly T[];
  /** How many there are on all pages, where that can be relied on. */
  readonly total?: number;
}

export interface Reader {
  /** One answer, asked with the ETag of the last. Throws a GithubError, or the signal's reason. */
  one<T>(read: Read<T>): Promise<T>;
  /** All pages up to the bound: `more` where it cut them off. A page that fails fails the list. */
  pages<T extends { readonly id: number }>(
    read: Read<Listed<T>>,
    maxPages: number,
  ): Promise<{ readonly items: readonly T[]; readonly more: boolean }>;
}

interface ReaderDeps {
  readonly asking: Asking;
  readonly etags: Etags;
  readonly permissions: MissingPermissions;
  readonly inTurn: ReturnType<typeof createTurns>;
}

interface Page<T> {
  readonly value: T;
  /** The query of the page after it. */
  readonly next: string | undefined;
}

const fullPage = 100;

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
      return { value: kept.value as T, next: kept.next };
    }
    etags.drop(credential, url);
    if (answer.status === 403) permissions.refused(use, answer.headers);
    if (answer.status !== 200) throw errorOf(answer, question);
    permissions.allowed(use);
    const value = parsed(schema, answer, what);
    const next = nextQuery(answer.headers.link);
    const { etag } = answer.headers;
    if (etag !== undefined) etags.keep(credential, url, { etag, value, next, size: sizeOf(value) });
    return { value, next };
  }

  return {
    one: async (read) => (await inTurn(read.signal, () => page(read))).value,
    async pages(read, maxPages) {
      const found = new Map<number, (typeof read.schema)['_output']['items'][number]>();
      let query: string | undefined = read.call.query;
      for (let count = 1; ; count++) {
        const next: typeof read = { ...read, call: { ...read.call, query } };
        const { value, next: after } = await inTurn(read.signal, () => page(next));
        // What is new meanwhile moves others onto the next page: each counts once.
        for (const item of value.items) found.set(item.id, item);
        if (after === undefined) {
          checkWhole(value, found.size, read.what);
          return { items: [...found.values()], more: false };
        }
        if (count === maxPages) return { items: [...found.values()], more: true };
        query = after;
      }
    },
  };
}

/** A part of a list would read as if the rest had gone. */
function checkWhole({ items, total }: Listed<unknown>, seen: number, what: string): void {
  if (items.length < fullPage || total === undefined || seen >= total) return;
  const message = `GitHub has ${total} of ${what}, and gave ${seen} without a link to more: does a proxy drop it?`;
  throw new GithubError('malformed', message);
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
