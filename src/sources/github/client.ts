import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { TimeoutError } from '../../lib/deadline.ts';
import type { HttpClient } from '../../lib/http.ts';
import { type Log, reasonOf } from '../../lib/log.ts';

/** GitHub itself gives up after 10 s, and answers within one on any good day. */
const timeoutMs = 6000;
/** A page of 100 runners is some 60 KiB. */
const maxBytes = 4 * 1024 * 1024;
const retries = 2;
/** The plugin waits 1 and 4 times this before its attempts. */
const retryBaseMs = 200;

interface ClientOptions {
  readonly apiUrl: string;
  readonly userAgent: string;
  readonly http: HttpClient;
  readonly log: Log;
}

/**
 * Octokit on our HTTP client, so that each request has a deadline and a size bound. It retries a server's or the
 * network's failure only, and never waits out a rate limit: that would be a long sleep inside a collection.
 */
export function createOctokit({ apiUrl, userAgent, http, log }: ClientOptions): Octokit {
  const WithPlugins = Octokit.plugin(retry, throttling);
  // Octokit would warn on the console, with the URL.
  const quiet = { debug: ignore, info: ignore, warn: () => log.debug('octokit warned'), error: ignore };
  return new WithPlugins({
    baseUrl: apiUrl,
    userAgent,
    log: quiet,
    request: { fetch: fetchThrough(http), log: quiet },
    // Given as `request.retries`, the plugin would repeat every status, 304 and 401 too.
    retry: { retries, retryAfterBaseValue: retryBaseMs, doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451] },
    throttle: { id: apiUrl, onRateLimit: () => false, onSecondaryRateLimit: () => false },
  });
}

function ignore(): void {}

interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

function fetchThrough(http: HttpClient) {
  return async (url: string, { method = 'GET', headers = {}, body, signal }: FetchOptions): Promise<Response> => {
    const request = { method, headers, timeoutMs, maxBytes, signal, ...(body === undefined ? {} : { body }) };
    const answer = await http(url, request).catch((error: unknown) => {
      // Under this name Octokit does not try again: whoever asked has gone, or has waited long enough.
      if (signal?.aborted || error instanceof TimeoutError) throw new DOMException(reasonOf(error), 'AbortError');
      throw error;
    });
    const hasBody = ![204, 205, 304].includes(answer.status);
    return new Response(hasBody ? answer.text : null, { status: answer.status, headers: answer.headers });
  };
}
