import { type IncomingMessage, request as sendRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../lib/clock.ts';
import { reasonOf } from '../../lib/log.ts';
import type { ResolvedAddress } from '../resolver.ts';
import { type TlsState, tlsStateOf } from './certificates.ts';
import { dial, startTls } from './dial.ts';
import { ProbeFault } from './probe.ts';
import type { TlsConfig } from './tls-config.ts';

export const httpPhases = ['resolve', 'connect', 'tls', 'processing', 'transfer'] as const;
export type HttpPhase = (typeof httpPhases)[number];

/** Milliseconds of each phase, summed over all redirects; a phase that was not completed stays as it is. */
export type HttpTimes = Record<HttpPhase, number>;

/** One request, and where it goes. */
export interface HttpCall {
  readonly url: URL;
  readonly to: ResolvedAddress;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly tls: TlsConfig;
  /** The name that the certificate must have. */
  readonly serverName: string;
}

/** An answer whose body was not read yet; `close` ends its connection. */
export interface HttpExchange {
  readonly answer: IncomingMessage;
  readonly tls: TlsState | undefined;
  /** When the answer began; the clock's monotonic time. */
  readonly answered: number;
  close(): void;
}

interface Ports {
  readonly clock: Clock;
  readonly readFile: (path: string) => Promise<string>;
}

/** Longest set of headers that is read: a server that sends them without end is a failure, not our memory. */
const maxHeaders = 262_144;

/** One request on a connection of its own, timed by phase. Throws a ProbeFault. */
export async function exchange(
  call: HttpCall,
  times: HttpTimes,
  { clock, readFile }: Ports,
  signal: AbortSignal,
): Promise<HttpExchange> {
  const { url, to, tls } = call;
  const timed = async <T>(phase: HttpPhase, work: Promise<T>): Promise<T> => {
    const start = clock.monotonic();
    const done = await work;
    times[phase] += clock.monotonic() - start;
    return done;
  };
  const isTls = url.protocol === 'https:';
  const plain = await timed('connect', dial(to, Number(url.port || (isTls ? 443 : 80)), signal));
  try {
    const secure = isTls
      ? await timed('tls', startTls(plain, call.serverName, tls, readFile, ['http/1.1']))
      : undefined;
    const answer = await timed('processing', send(call, secure ?? plain));
    return {
      answer,
      tls: secure && tlsStateOf(secure, !tls.insecure_skip_verify),
      answered: clock.monotonic(),
      close: () => plain.destroy(),
    };
  } catch (error) {
    plain.destroy();
    throw error;
  }
}

function send({ url, method, headers, body }: HttpCall, socket: Socket | TLSSocket): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = sendRequest({
    createConnection: () => socket,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    path: `${url.pathname}${url.search}`,
    method,
    headers: { connection: 'close', ...(body === '' ? {} : { 'content-length': Buffer.byteLength(body) }), ...headers },
    setHost: false,
    maxHeaderSize: maxHeaders,
  });
  request.once('response', resolve);
  // An upgrade that nobody asked for is an answer without a body.
  request.once('upgrade', resolve);
  request.on('error', (error) => reject(new ProbeFault('protocol', reasonOf(error))));
  request.once('close', () => reject(new ProbeFault('protocol', 'the connection was closed before the answer')));
  request.end(body);
  return promise;
}
