import { once } from 'node:events';
import type { createServer } from 'node:http';
import type { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Lets the server listen on a free port of this machine until the stack unwinds; gives the port. */
export async function listen(
  server: ReturnType<typeof createServer> | ReturnType<typeof createSecureServer>,
  stack: AsyncDisposableStack,
): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
