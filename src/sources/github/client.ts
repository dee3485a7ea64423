import { Octokit } from '@octokit/core';
import type { Clock } from '../../lib/clock.ts';
import { TimeoutError } from '../../lib/deadline.ts';
import { type HttpAnswer, type HttpClient, TooLargeError } from '../../lib/http.ts';
import { type Log, reasonOf } from '../../lib/log.ts';

/** GitHub itself gives up after 10 s, and answers within one on any good day. */
const timeoutMs = 6000;
/** A page of 100 jobs with many steps is some 2 MiB, decompressed; the bound holds there too. */
const maxBytes = 8 * 1024 * 1024;
/** The waits before the second and the third attempt. */
const retryWaitsMs = [200, 800];
const maxRedirects = 5;

interface ClientOptions {
  readonly apiUrl: string;
  readonly userAgent: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly log: Log;
}

interface ClientRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path and query below the API's address. */
  readonly target: string;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Not again where it fails. */
  readonly isOnce: boolean;
  /** Told of each attempt: its status, or undefined where nothing came back. */
  readonly attempted: (status: number | undefined) => void;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** Settles for every answer, whatever its status. Throws a CutOffError, or an Error that names the origin only. */
export type Client = (request: ClientRequest) => Promise<RawAnswer>;

/** An attempt that another would not mend. Octokit passes on as it is what has this name. */
export class CutOffError extends Error {
  override readonly name = 'AbortError';
  /** `answer` where somebody answered, but not as GitHub does. */
  readonly because: 'answer' | 'time';

  constructor(message: string, because: CutOffError['because']) {
    super(message);
    this.because = because;
  }
}

/**
 * Octokit on our HTTP client, so that each request has a deadline and a size bound. A server's or the network's failure
 * is tried again, nothing else. Octokit's plugins for retries and limits are left out: their timers take 20 ms for each
 * request and no injected clock; requests are serialised by turns.ts and held back by rate-limits.ts.
 */
export function createClient({ apiUrl, userAgent, http, clock, log }: ClientOptions): Client {
  // Octokit would warn on the console, with the URL.
  const quiet = { debug: ignore, info: ignore, warn: () => log.debug('octokit warned'), error: ignore };
  const octokit = new Octokit({ baseUrl: apiUrl, userAgent, log: quiet, request: { log: quiet } });

  async function attempt({ method, target, body, headers, signal, attempted }: ClientRequest): Promise<RawAnswer> {
    const fetch = fetchThrough(http, attempted);
    try {
      const data = body === undefined ? {} : { data: body };
      return rawAnswer(await octokit.request({ method, url: target, ...data, headers, request: { signal, fetch } }));
    } catch (error) {
      const answer = answerIn(error);
      if (answer) return answer;
      throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
    }
  }

  return async (request) => {
    for (const waitMs of request.isOnce ? [] : retryWaitsMs) {
      const answer = await attempt(request).catch(unlessFinal);
      if (answer && answer.status < 500) return answer;
      await clock.sleep(waitMs, request.signal);
    }
    return attempt(request);
  };
}

function unlessFinal(error: unknown): undefined {
  if (error instanceof CutOffError) throw error;
}

function ignore(): void {}

/** Octokit throws for every status from 400 and for 304; the answer is in its error. */
function answerIn(error: unknown): RawAnswer | undefined {
  const has = error instanceof Error && 'response' in error && typeof error.response === 'object' && error.response;
  return has ? rawAnswer(error.response as Parameters<typeof rawAnswer>[0]) : undefined;
}

function rawAnswer(answer: { readonly status: number; readonly headers: object; readonly data: unknown }): RawAnswer {
  const headers = answer.headers as RawAnswer['headers'];
  return { status: answer.status, headers, text: typeof answer.data === 'string' ? answer.data : '' };
}

interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

function fetchThrough(http: HttpClient, attempted: ClientRequest['attempted']) {
  return async (url: string, { method = 'GET', headers = {}, body, signal }: FetchOptions) => {
    const limits = { timeoutMs, maxBytes, signal, redirect: 'manual' } as const;
    const request = { method, headers, ...limits, ...(body === undefined ? {} : { body }) };
    const answer = await followed(http, url, request).catch((error: unknown) => {
      if (signal?.aborted) throw new CutOffError(reasonOf(error), 'time');
      attempted(undefined);
      throw final(error);
    });
    attempted(answer.status);
    // As text, so that Octokit parses nothing: its own parser is slow, and makes BigInts of long ids.
    const plain = new Headers(answer.headers);
    plain.delete('content-type');
    return { status: answer.status, url, headers: plain, text: async () => answer.text };
  };
}

/** What waited long enough or had too much to say is not asked again. */
function final(error: unknown): unknown {
  if (error instanceof TimeoutError) return new CutOffError(error.message, 'time');
  if (error instanceof TooLargeError) return new CutOffError(error.message, 'answer');
  return error;
}

/**
 * GitHub answers with redirects for repositories that were renamed. They are followed within the same origin only, so
 * that the token goes nowhere else; and what is not read only where GitHub asks for the same method.
 */
async function followed(http: HttpClient, first: string, request: Parameters<HttpClient>[1]): Promise<HttpAnswer> {
  let url = first;
  for (let hops = 0; hops <= maxRedirects; hops++) {
    const answer = await http(url, request);
    const location = answer.headers.get('location');
    const isRedirect = [307, 308].includes(answer.status) || ([301, 302].includes(answer.status) && isRead(request));
    if (!isRedirect || location === null) return answer;
    const { origin } = new URL(url);
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
    if (next?.origin !== origin) {
      const to = next?.origin ?? 'somewhere that is no URL';
      throw new CutOffError(`${origin} redirects to ${to}, where the token is not sent`, 'answer');
    }
    url = next.href;
  }
  throw new CutOffError(`${new URL(first).origin} redirects more than ${maxRedirects} times`, 'answer');
}

function isRead({ method }: Parameters<HttpClient>[1]): boolean {
  return method === 'GET';
}
