import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { waitUntil } from './wait.ts';

/** A webhook receiver that keeps what it got, and answers as it is told. */
export interface Sink extends AsyncDisposable {
  readonly port: number;
  readonly bodies: readonly unknown[];
  /** The status of the next answers; `hang` accepts the request and never answers. */
  answer(status: number | 'hang'): void;
  /** The first body that fits, also of those that came before; fails with all of them. */
  waitFor<T>(fits: (body: unknown) => body is T, timeoutMs: number): Promise<T>;
}

/** Listens on every address, so that containers reach it through their network's gateway. */
export async function createSink(port = 0): Promise<Sink> {
  const bodies: unknown[] = [];
  let status: number | 'hang' = 200;
  const server = createServer(async (request, response) => {
    bodies.push(JSON.parse(await text(request)));
    if (status !== 'hang') response.writeHead(status).end();
  });
  server.listen(port, '0.0.0.0');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    bodies,
    answer: (next) => {
      status = next;
    },
    waitFor: async (fits, timeoutMs) => {
      await waitUntil(() => bodies.some(fits), {
        timeoutMs,
        what: () => `such a body among ${JSON.stringify(bodies)}`,
      });
      return bodies.find(fits) as never;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
