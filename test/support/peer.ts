import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request as it came. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The other side of an API: writes down what it is asked, and answers as it is told. */
export interface Peer extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** What the next requests get. */
  answer(how: (response: ServerResponse) => void): void;
}

export async function createPeer(how: (response: ServerResponse) => void): Promise<Peer> {
  const asked: Asked[] = [];
  let current = how;
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    asked.push({ method, path: url, headers, body: await text(request) });
    current(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer: (next) => {
      current = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
