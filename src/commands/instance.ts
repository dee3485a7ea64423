import { z } from 'zod';
import { variableOf } from '../config/keys.ts';
import type { LoadPorts } from '../config/ports.ts';
import type { HttpAnswer, HttpRequest } from '../lib/http.ts';
import { formatListen, Listen, type ListenAddress } from '../lib/listen-address.ts';
import { HttpUrl } from '../lib/schema.ts';
import { type CommandIo, printable } from './command.ts';

const timeoutMs = 3000;
const maxBytes = 16 * 1024 * 1024;

/** What Prometheus' API wraps its answers in. */
const Envelope = z.object({ data: z.unknown() });

/** Where an instance listens that has no other address configured. */
const usualAddress: ListenAddress = { host: '127.0.0.1', port: 9478 };

/** Asks the running instance; rejects where it cannot be reached or `url` is none. */
export async function askInstance(
  io: CommandIo,
  url: string | undefined,
  path: string,
  request: Pick<HttpRequest, 'method' | 'headers' | 'body'> & { readonly timeoutMs?: number | undefined } = {},
): Promise<HttpAnswer> {
  const base = url ?? (await localUrl(io));
  if (!HttpUrl.safeParse(base).success) throw new Error('--url: expected an http:// or https:// URL');
  return io.http(`${base.replace(/\/+$/, '')}${path}`, {
    ...request,
    timeoutMs: request.timeoutMs ?? timeoutMs,
    maxBytes,
  });
}

/** Asks for the `data` of an answer of the API. Rejects with what the instance says where it refuses. */
export async function askApi<S extends z.ZodType>(
  io: CommandIo,
  { url, path, schema }: { readonly url: string | undefined; readonly path: string; readonly schema: S },
): Promise<z.output<S>> {
  const { status, text } = await askInstance(io, url, path);
  return dataIn({ status, answer: parseJson(text), path, schema });
}

function dataIn<S extends z.ZodType>(got: {
  readonly status: number;
  readonly answer: unknown;
  readonly path: string;
  readonly schema: S;
}): z.output<S> {
  const { status, answer, path, schema } = got;
  if (status !== 200) throw new Error(Refusal.safeParse(answer).data ?? `${path} answered with status ${status}`);
  const data = schema.safeParse(Envelope.safeParse(answer).data?.data);
  if (!data.success) throw new Error(`${path} answered with something else than Runnerwatch would`);
  return data.data;
}

/** Posts JSON, and returns the `data` of the answer. Rejects with what the instance says where it refuses. */
export async function tellApi<S extends z.ZodType>(
  io: CommandIo,
  asked: {
    readonly url: string | undefined;
    readonly path: string;
    readonly body: unknown;
    readonly token: string | undefined;
    readonly schema: S;
    readonly timeoutMs?: number;
  },
): Promise<z.output<S>> {
  const { url, path, body, token, schema, timeoutMs: ms } = asked;
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const { status, text } = await askInstance(io, url, path, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    timeoutMs: ms,
  });
  return dataIn({ status, answer: parseJson(text), path, schema });
}

/** One line of text, in one of the API's two shapes. */
const Refusal = z
  .union([z.string(), z.object({ error: z.string() }).transform(({ error }) => error)])
  .transform((text) => printable(text).slice(0, 1000));

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The address that this machine's configuration has. Where that cannot be loaded now, the instance may still run with
 * an earlier one: then the usual address is asked.
 */
async function localUrl({ ports }: CommandIo): Promise<string> {
  const written = Listen.safeParse(ports.env[variableOf(['listen'])]);
  const listen = written.success ? written.data : await loadListen(ports);
  const local = { '0.0.0.0': '127.0.0.1', '::': '::1' }[listen.host] ?? listen.host;
  return `http://${formatListen({ host: local, port: listen.port })}`;
}

/** The whole schema is only loaded where it has to be: a health check runs every few seconds. */
async function loadListen(ports: LoadPorts): Promise<ListenAddress> {
  const { loadConfig } = await import('../config/load.ts');
  return loadConfig(ports).then(
    ({ config }) => config.listen,
    () => usualAddress,
  );
}
