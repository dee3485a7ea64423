import { existsSync } from 'node:fs';
import { Agent, type AgentOptions, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import type Docker from 'dockerode';
import type { Clock } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/deadline.ts';
import type { DockerAnswer } from './answer.ts';

/** One call of Docker's Engine API. */
export interface DockerCall {
  readonly method?: 'GET' | 'POST';
  /** Without the query, and without the API version: the daemon then answers as its newest. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface DockerConnection {
  readonly host: string;
  available(): string | undefined;
  /** Any status is an answer; throws where there is none within the deadline, or a too large one. */
  call(call: DockerCall): Promise<DockerAnswer>;
  /** An answer that goes on: settles with its head, within the deadline. Ends with the signal. */
  open(call: DockerCall): Promise<IncomingMessage>;
  close(): void;
}

/** An inspect is some 10 KiB and a list 1 KiB a container: this is room for thousands. */
const maxBytes = 32 * 1024 * 1024;

interface Address {
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number;
}

/** `unix:///path`, `tcp://host:port` or `http://host:port`. Throws an Error that says what was expected. */
export function parseDockerHost(text: string): Address {
  if (text.startsWith('unix://') && text.length > 'unix://'.length) return { socketPath: text.slice('unix://'.length) };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBare = url !== undefined && ['', '/'].includes(url.pathname) && url.username === '' && url.search === '';
  if (url && isBare && url.hostname !== '' && ['tcp:', 'http:'].includes(url.protocol)) {
    return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || 2375 };
  }
  throw new Error(`found ${JSON.stringify(text)}, expected unix:///path, tcp://host:port or http://host:port`);
}

export function connectDocker(host: string, clock: Clock): DockerConnection {
  const address = parseDockerHost(host);
  // The event stream has its own agent: it must not wait for, nor take, a socket of the calls.
  const agents = { calls: createAgent({ maxSockets: 16 }), streams: createAgent({}) };
  const calls = modemOf(address, agents.calls);
  const streams = modemOf(address, agents.streams);
  const what = (call: DockerCall): string => `Docker at ${host} (${call.path})`;

  return {
    host,
    available: () => missingSocket(address, host),
    call: (call) =>
      withDeadline(clock, { ms: call.timeoutMs, what: what(call), signal: call.signal }, async (cut) => {
        const response = await dial(calls, call, cut, host);
        return { status: response.statusCode ?? 0, text: await readBounded(response, what(call)) };
      }),
    open: (call) =>
      withDeadline(clock, { ms: call.timeoutMs, what: what(call), signal: call.signal }, (cut) =>
        // `cut` no longer follows the caller's signal once the head is there; the stream must.
        dial(streams, call, AbortSignal.any([cut, call.signal]), host),
      ),
    close: () => {
      agents.calls.destroy();
      agents.streams.destroy();
    },
  };
}

/**
 * An agent that prints as one word: docker-modem prints the options of every request, the agent with all its sockets
 * among them, for a debug line that nobody reads, and took 10 ms of the processor for each.
 */
function createAgent(options: AgentOptions): Agent {
  const agent = new Agent({ ...options, keepAlive: true });
  return Object.defineProperty(agent, inspect.custom, { value: () => 'Agent' });
}

function modemOf(address: Address, agent: Agent): Modem {
  // Every part is given, or docker-modem would fill the gaps from DOCKER_HOST and its sisters.
  const options = { socketPath: undefined, host: undefined, port: undefined, ...address, protocol: 'http', agent };
  return new Transport(options as Docker.DockerOptions);
}

function missingSocket({ socketPath }: Address, host: string): string | undefined {
  return socketPath === undefined || existsSync(socketPath) ? undefined : `no Docker socket at ${host}`;
}

/** dockerode's transport, used for its raw answer: dockerode's own methods read a body of any size. */
type Modem = Docker['modem'];

/** Loaded as dockerode loads it, without the rest of dockerode: its gRPC alone would hold 15 MiB, for image builds. */
const Transport: new (options: Docker.DockerOptions) => Modem = createRequire(
  createRequire(import.meta.url).resolve('dockerode'),
)('docker-modem');

/** docker-modem reads the body of a status that it was not told of to its end, however long: it is told of all. */
const anyStatus = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [100 + index, true]));

function dial(modem: Modem, call: DockerCall, signal: AbortSignal, host: string): Promise<IncomingMessage> {
  // docker-modem appends the query where the path ends so.
  const path = call.query === undefined ? call.path : `${call.path}?`;
  return new Promise((resolve, reject) => {
    modem.dial(
      {
        path,
        method: call.method ?? 'GET',
        options: { _query: call.query ?? {}, _body: {} },
        isStream: true,
        statusCodes: anyStatus,
        abortSignal: signal,
      },
      (error, response) => (error ? reject(unreachable(host, error)) : resolve(response as IncomingMessage)),
    );
  });
}

/** What an operator can do about each way of not reaching Docker. */
const mends: Readonly<Record<string, string>> = {
  ENOENT: 'there is no socket; is Docker installed and running?',
  ECONNREFUSED: 'nothing listens there; is Docker running?',
  EACCES: "no permission; run as a member of the socket's group",
  ENOTFOUND: 'the name does not resolve',
  ECONNRESET: 'the connection was cut',
};

function unreachable(host: string, error: Error): Error {
  const code = 'code' in error ? String(error.code) : '';
  return new Error(`Docker at ${host} could not be reached: ${mends[code] ?? error.message}`, { cause: error });
}

async function readBounded(response: IncomingMessage, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      response.destroy();
      throw new Error(`${what} answered with more than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
