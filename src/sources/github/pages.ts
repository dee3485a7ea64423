import type { Octokit } from '@octokit/core';
import type { Clock } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/deadline.ts';
import { reasonOf } from '../../lib/log.ts';
import type { GithubRunner } from '../../model/runner.ts';
import { errorOf, type FailedAnswer, GithubError } from './github-error.ts';
import type { RateLimits } from './rate-limits.ts';
import { nextQuery, RunnerPage } from './runners.ts';

export interface Page {
  readonly runners: readonly GithubRunner[];
  /** The query of the page after it. */
  readonly next: string | undefined;
}

interface PageDeps {
  readonly octokit: Octokit;
  readonly token: () => Promise<string | undefined>;
  readonly limits: RateLimits;
  readonly clock: Clock;
}

export interface PageRequest {
  readonly path: string;
  readonly query: string;
  /** For messages: `the runners of o/r`. */
  readonly what: string;
  readonly signal: AbortSignal;
}

/** Three attempts and the waits between them; one that hangs is the last. */
const pageTimeoutMs = 20_000;
/** A hundred runners each: more than GitHub's largest organisations register. */
const maxCachedPages = 500;

/**
 * Reads one page of runners, asking with the ETag of the last answer: what has not changed costs nothing of the
 * hourly limit. Throws a GithubError, or the signal's reason.
 */
export function createPageReader(deps: PageDeps): (request: PageRequest) => Promise<Page> {
  const cache = new Map<string, { readonly etag: string; readonly page: Page }>();

  function keep(key: string, etag: string | undefined, page: Page): void {
    cache.delete(key);
    if (etag !== undefined) cache.set(key, { etag, page });
    const [oldest] = cache.keys();
    if (cache.size > maxCachedPages && oldest !== undefined) cache.delete(oldest);
  }

  return async (request) => {
    deps.limits.check();
    const url = request.path + request.query;
    const known = cache.get(url);
    const token = await usableToken(deps.token);
    const answer = await ask(deps, request, token, known?.etag);
    if (answer.status === 304 && known) {
      deps.limits.answered(answer.headers);
      return known.page;
    }
    if (answer.status !== 200) throw refusalOf(deps.limits, answer, request.what, token);
    deps.limits.answered(answer.headers);
    const page = pageOf(answer, request.what);
    keep(url, answer.headers.etag, page);
    return page;
  };
}

/** Throws where there is none, and where it could not be a header: the platform's error would print it. */
async function usableToken(read: PageDeps['token']): Promise<string> {
  const token = (await read())?.trim();
  if (!token) throw new GithubError('auth', 'there is no GitHub token');
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new GithubError('auth', 'the GitHub token holds characters that no token has; was the right file given?');
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly data: unknown;
}

async function ask(deps: PageDeps, request: PageRequest, token: string, etag: string | undefined): Promise<Answer> {
  const { path, query, what, signal } = request;
  const headers = {
    authorization: `Bearer ${token}`,
    'x-github-api-version': '2022-11-28',
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
  };
  try {
    // Octokit waits between attempts without listening to the signal; the deadline settles all the same.
    return await withDeadline(deps.clock, { ms: pageTimeoutMs, what: 'GitHub', signal }, async (cut) => {
      const answer = await deps.octokit.request({
        method: 'GET',
        url: path + query,
        headers,
        request: { signal: cut },
      });
      return answer as Answer;
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const answer = answerIn(error);
    if (answer) return answer;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new GithubError('network', `${what}: ${withoutToken(reasonOf(cause), token)}`);
  }
}

/** Octokit throws for every status but 2xx, 304 too; the answer is in its error. */
function answerIn(error: unknown): Answer | undefined {
  if (!(error instanceof Error) || !('response' in error) || !error.response) return undefined;
  return error.response as Answer;
}

function refusalOf(limits: RateLimits, { status, headers, data }: Answer, what: string, token: string): GithubError {
  const answer: FailedAnswer = { status, headers, message: withoutToken(messageIn(data), token) };
  return limits.refused(answer) ?? errorOf(answer, what);
}

function messageIn(data: unknown): string {
  const hasMessage = typeof data === 'object' && data !== null && 'message' in data;
  return hasMessage && typeof data.message === 'string' ? data.message : 'without a reason that could be read';
}

/** A proxy in between may say what it was sent. */
function withoutToken(text: string, token: string): string {
  return text.replaceAll(token, '[secret]');
}

function pageOf({ data, headers }: Answer, what: string): Page {
  // Octokit gives a body that is not JSON as text or bytes.
  if (typeof data !== 'object' || data === null || data instanceof ArrayBuffer) {
    throw new GithubError('malformed', `GitHub answered for ${what} with something that is not JSON`);
  }
  const result = RunnerPage.safeParse(data);
  if (result.success) return { runners: result.data, next: nextQuery(headers.link) };
  const [issue] = result.error.issues;
  throw new GithubError(
    'malformed',
    `GitHub's answer for ${what} is not as documented: ${issue?.path.join('.')}: ${issue?.message}`,
  );
}
