import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { formatListen, type ListenAddress } from '../lib/listen-address.ts';

export interface Listening extends AsyncDisposable {
  readonly url: string;
  /** Where it is bound, of a name the number that was found. */
  readonly address: string;
}

interface ListenOptions {
  readonly clock: Clock;
  /** The key that says the address. */
  readonly key?: 'listen' | 'broker.listen';
  /** A connection that is not let in is cut off before a byte of it is read. */
  readonly letsIn?: (connection: Socket) => boolean;
}

const requestTimeoutMs = 30_000;
const maxConnections = 1024;
const graceMs = 3000;

/** Throws an Error that says what to do where the address cannot be had. */
export async function listen(address: ListenAddress, app: RequestListener, options: ListenOptions): Promise<Listening> {
  const { clock, key = 'listen', letsIn } = options;
  const server = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs }, app);
  server.maxConnections = maxConnections;
  if (letsIn) {
    server.on('connection', (socket) => {
      if (!letsIn(socket)) socket.resetAndDestroy();
    });
  }
  server.listen(address.port, address.host);
  await once(server, 'listening').catch((error: unknown) => {
    throw refusal(address, key, error);
  });
  const { port, address: bound } = server.address() as AddressInfo;
  return {
    url: `http://${formatListen({ ...address, port })}`,
    address: bound,
    [Symbol.asyncDispose]: () => close(server, clock),
  };
}

function refusal(address: ListenAddress, key: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const variable = `RUNNERWATCH_${key.toUpperCase().replace('.', '_')}`;
  const mends: Readonly<Record<string, string>> = {
    EADDRINUSE: `something else listens there; choose another address with ${key} or ${variable}`,
    EACCES: 'that port needs a permission that this user does not have; choose one above 1023',
    EADDRNOTAVAIL: 'this machine does not have that address',
    ENOTFOUND: 'that name does not resolve',
  };
  return new Error(`cannot listen on ${formatListen(address)}: ${mends[code] ?? code}`, { cause: error });
}

/** Answers that are under way may end; then whoever is still connected is cut off. */
async function close(server: Server, clock: Clock): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const stop = new AbortController();
  const cut = clock.sleep(graceMs, stop.signal).then(
    () => server.closeAllConnections(),
    () => undefined,
  );
  await closed;
  stop.abort();
  await cut;
}
