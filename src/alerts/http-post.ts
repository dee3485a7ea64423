import { parseTime } from '../lib/clock.ts';
import type { HttpAnswer } from '../lib/http.ts';
import { reasonOf } from '../lib/log.ts';
import { readSecret, type SecretSource } from '../lib/secret.ts';
import { type HttpConfig, httpHeaders, SecretUrl, transportOf } from './http-config.ts';
import type { Delivery, ReceiverDeps } from './receivers/receiver.ts';

const defaultTimeoutMs = 10_000;
/** Of an answer only the status and a short word count. */
const maxAnswerBytes = 64 * 1024;

export interface Post {
  /** Who is posted to, as it stands in errors: `the webhook`. */
  readonly what: string;
  readonly url: SecretSource | undefined;
  /** Turns the secret's text into the URL; as it is where absent. */
  readonly toUrl?: (text: string) => string;
  readonly http: HttpConfig | undefined;
  /** Milliseconds; 0 or absent for the default. */
  readonly timeout?: number | undefined;
  /** POST where absent. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly contentType?: string;
  /** Absent only with GET. */
  readonly body?: string;
  /** Looks into an answer with a status of success, where the peer may say there that it failed. */
  readonly check?: (answer: HttpAnswer) => Delivery;
}

/** One request with a notification, and what follows from the answer. Nothing of the URL is ever said. */
export async function post(deps: ReceiverDeps, request: Post, signal: AbortSignal): Promise<Delivery> {
  const { what, http, timeout, method = 'POST', contentType = 'application/json', body } = request;
  const { check = () => ({ ok: true }) } = request;
  const prepared = await prepare(deps, request);
  if ('failure' in prepared) return prepared.failure;
  const { url, headers, transport } = prepared;
  try {
    const answer = await deps.http(url, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': contentType }),
        'user-agent': deps.userAgent,
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      timeoutMs: timeout || defaultTimeoutMs,
      maxBytes: maxAnswerBytes,
      redirect: http?.follow_redirects === false ? 'manual' : 'follow',
      signal,
      ...(transport ? { transport } : {}),
    });
    const delivery = deliveryFrom(what, answer, deps.clock.now());
    return delivery.ok ? check(answer) : delivery;
  } catch (error) {
    return { ok: false, retry: true, reason: 'network', message: reasonOf(error) };
  }
}

/** A secret's file may be missing for the moment in which it is rotated, so that is worth another try. */
async function prepare({ readFile }: ReceiverDeps, { what, url, toUrl = (text) => text, http }: Post) {
  try {
    const text = url ? toUrl((await readSecret(url, readFile)).trim()) : '';
    if (!SecretUrl.safeParse(text).success) throw new Error(`the URL of ${what} is no http:// or https:// URL`);
    return {
      url: text,
      headers: http ? await httpHeaders(http, readFile) : {},
      transport: http && (await transportOf(http, readFile)),
    };
  } catch (error) {
    return { failure: { ok: false, retry: true, reason: 'config', message: reasonOf(error) } as const };
  }
}

/** The status decides, as in Alertmanager: 2xx is done, 5xx and 429 are worth another try. */
function deliveryFrom(what: string, { status, headers }: HttpAnswer, now: number): Delivery {
  if (status >= 200 && status < 300) return { ok: true };
  const message = `${what} answered with status ${status}`;
  const wait = retryAfter(headers.get('retry-after'), now);
  const later = wait === undefined ? {} : { retryAfterMs: wait };
  if (status === 429) return { ok: false, retry: true, reason: 'rate-limit', message, ...later };
  if (status >= 500) return { ok: false, retry: true, reason: 'server', message, ...later };
  const reason = status === 401 || status === 403 ? 'auth' : 'client';
  return { ok: false, retry: false, reason, message };
}

/** Seconds or a date. */
function retryAfter(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : parseTime(text) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
