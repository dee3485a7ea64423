import type { IncomingMessage, ServerResponse } from 'node:http';

const MAX_BODY_BYTES = 1_000_000;

export interface Call {
  readonly method: string;
  /** Without the `/api/v3` of GitHub Enterprise Server. */
  readonly path: string;
  /** `/api/v3` where the caller used it, else empty. */
  readonly prefix: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
  /** Origin under which the caller reached the emulator, e.g. `http://172.17.0.1:4711`. */
  readonly origin: string;
  /** Whether the caller has hung up. */
  gone(): boolean;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  /** Makes a large body only where it is sent; `key` says what it would be, for the ETag. */
  readonly lazy?: { readonly key: string; readonly body: () => unknown };
  readonly headers?: Readonly<Record<string, string>>;
}

/** A handler answers at once or later; undefined means that the path is none of its own. */
export type Handler = (call: Call) => Reply | Promise<Reply> | undefined;

export async function readCall(request: IncomingMessage): Promise<Call> {
  const { method = 'GET', url = '/', headers } = request;
  const text = await readBody(request);
  return {
    ...callOf(`http://${headers.host ?? 'localhost'}`, { method, url, headers, text }),
    gone: () => request.socket.destroyed,
  };
}

interface Parts extends Pick<Call, 'method' | 'headers'> {
  readonly url: string;
  readonly text: string;
}

export function callOf(origin: string, { method, headers, url, text }: Parts): Call {
  const { pathname, searchParams: query } = new URL(url, origin);
  const [prefix = ''] = /^\/api\/v3(?=\/)/.exec(pathname) ?? [];
  const path = pathname.slice(prefix.length);
  return { method, path, prefix, query, headers, body: parseObject(text), origin, gone: () => false };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error(`request body over ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Broken JSON fails, and the connection with it: nothing that is tested here may send any. */
function parseObject(text: string): Record<string, unknown> {
  const value: unknown = text === '' ? {} : JSON.parse(text);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function bodyOf({ body, lazy }: Reply): string | Uint8Array {
  const value = lazy ? lazy.body() : body;
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  return value === undefined ? '' : JSON.stringify(value);
}

export function headersOf({ headers = {} }: Reply, body: string | Uint8Array): Record<string, string> {
  return { ...(body.length > 0 && { 'content-type': 'application/json; charset=utf-8' }), ...headers };
}

export function send(response: ServerResponse, reply: Reply): void {
  const body = bodyOf(reply);
  response.writeHead(reply.status, headersOf(reply, body)).end(body);
}

/** Says that there is more than it sends, and cuts the connection. */
export function sendHalf(response: ServerResponse, reply: Reply): void {
  const body = bodyOf(reply);
  response.writeHead(reply.status, { ...headersOf(reply, body), 'content-length': String(body.length + 1000) });
  response.write(body, () => response.socket?.resetAndDestroy());
}

/** The named parts of a path like `/repos/:owner/:repo/actions/runners`, or undefined where it does not match. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const parts: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) parts[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return parts;
}

/** An error in GitHub's words. */
export function refusal(status: number, message: string, headers: Reply['headers'] = {}): Reply {
  const body = { message, documentation_url: 'https://docs.github.com/rest', status: String(status) };
  return { status, body, headers };
}

export interface Paged<T> {
  readonly items: readonly T[];
  readonly headers: Readonly<Record<string, string>>;
}

/** The page that `per_page` and `page` ask for, and the Link header (RFC 8288) to the others. */
export function pageOf<T>(call: Call, all: readonly T[]): Paged<T> {
  const size = Math.min(100, Math.max(1, Number(call.query.get('per_page') ?? 30)));
  const page = Math.max(1, Number(call.query.get('page') ?? 1));
  const link = linkHeader(call, page, Math.ceil(all.length / size));
  return { items: all.slice((page - 1) * size, page * size), headers: link === undefined ? {} : { link } };
}

function linkHeader(call: Call, page: number, pages: number): string | undefined {
  if (pages <= 1) return undefined;
  const steps = { prev: page - 1, next: page + 1, last: pages, first: 1 };
  const wanted = Object.entries(steps).filter(
    ([rel, to]) => to >= 1 && to <= pages && !(rel === 'last' && page === pages) && !(rel === 'first' && page === 1),
  );
  return wanted.map(([rel, to]) => `<${pageUrl(call, to)}>; rel="${rel}"`).join(', ');
}

function pageUrl(call: Call, page: number): string {
  const query = new URLSearchParams(call.query);
  query.set('page', String(page));
  return `${call.origin}${call.prefix}${call.path}?${query}`;
}
