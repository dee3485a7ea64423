import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatListen, type ListenAddress } from '../config/listen.ts';
import type { Clock } from '../lib/clock.ts';

export interface Listening extends AsyncDisposable {
  readonly url: string;
}

const requestTimeoutMs = 30_000;
const maxConnections = 1024;
const graceMs = 3000;

/** Throws an Error that says what to do where the address cannot be had. */
export async function listen(address: ListenAddress, app: RequestListener, clock: Clock): Promise<Listening> {
  const server = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs }, app);
  server.maxConnections = maxConnections;
  server.listen(address.port, address.host);
  await once(server, 'listening').catch((error: unknown) => {
    throw refusal(address, error);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${formatListen({ ...address, port })}`,
    [Symbol.asyncDispose]: () => close(server, clock),
  };
}

function refusal(address: ListenAddress, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const mends: Readonly<Record<string, string>> = {
    EADDRINUSE: 'something else listens there; choose another address with listen or RUNNERWATCH_LISTEN',
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
