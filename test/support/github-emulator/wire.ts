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
  readonly headers?: Readonly<Record<string, string>>;
}

/** A handler answers at once or later; undefined means that the path is none of its own. */
export type Handler = (call: Call) => Reply | Promise<Reply> | undefined;

export async function readCall(request: IncomingMessage): Promise<Call> {
  const origin = `http://${request.headers.host ?? 'localhost'}`;
  const url = new URL(request.url ?? '/', origin);
  const [prefix = ''] = /^\/api\/v3(?=\/)/.exec(url.pathname) ?? [];
  return {
    method: request.method ?? 'GET',
    path: url.pathname.slice(prefix.length),
    prefix,
    query: url.searchParams,
    headers: request.headers,
    body: parseObject(await readBody(request)),
    origin,
    gone: () => request.socket.destroyed,
  };
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

export function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  const text = typeof body === 'string' || body === undefined ? (body ?? '') : JSON.stringify(body);
  const type = text === '' ? {} : { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(status, { ...type, ...headers }).end(text);
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
