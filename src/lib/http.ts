import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { fetchThrough, type Transport } from './http-transport.ts';

/** An answer that was read to its end, within the bound. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
  readonly redirect?: 'follow' | 'manual' | 'error';
  /** For a connection with TLS or a proxy of its own. */
  readonly transport?: Transport | undefined;
}

export type HttpClient = (url: string, request: HttpRequest) => Promise<HttpAnswer>;

/** An answer that is longer than what was asked for allows. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

/** Origin only: a path or a query may hold a secret, so no message ever names them. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'an invalid URL';
}

/** One HTTP call with a deadline over connect, headers and body, and a bound on the body's size. */
export function createHttpClient(clock: Clock): HttpClient {
  return async (url, { timeoutMs, maxBytes, signal, ...request }) => {
    const what = originOf(url);
    refuseHeaders(what, request.headers);
    return withDeadline(clock, { ms: timeoutMs, what, signal }, async (cut) => {
      const response = await exchange(url, request, cut).catch((error: unknown) => {
        throw new Error(`${what} could not be reached`, {
          cause: error instanceof Error ? (error.cause ?? error) : error,
        });
      });
      return { status: response.status, headers: response.headers, text: await readBounded(response, maxBytes, what) };
    });
  };
}

/** Before anything else looks at them: fetch's own error would show the value, which may be a secret. */
function refuseHeaders(what: string, headers: HttpRequest['headers'] = {}): void {
  const wrong = Object.keys(headers).find((name) => !/^[\t\x20-\x7e\x80-\xff]*$/.test(headers[name] ?? ''));
  if (wrong === undefined) return;
  const mend = 'look whether the file of a token or password has more than one line';
  throw new Error(`${what} was not asked: the header ${wrong} has a character that no header may have; ${mend}`);
}

function exchange(
  url: string,
  { method = 'GET', headers = {}, body, redirect = 'follow', transport }: Omit<HttpRequest, 'timeoutMs' | 'maxBytes'>,
  signal: AbortSignal,
): Promise<Answering> {
  const request = { method, headers, redirect, signal, ...(body === undefined ? {} : { body }) };
  return transport ? fetchThrough(url, { ...request, transport }) : fetch(url, request);
}

interface Answering {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array> | null;
}

async function readBounded(response: Answering, maxBytes: number, what: string): Promise<string> {
  return read(response, maxBytes, what).catch((error: unknown) => {
    if (error instanceof TooLargeError) throw error;
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new Error(`${what} broke off in the middle of its answer`, { cause });
  });
}

async function read(response: Answering, maxBytes: number, what: string): Promise<string> {
  if (!response.body) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream, and with it the transfer.
    if (size > maxBytes) throw new TooLargeError(`${what} answered with more than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
