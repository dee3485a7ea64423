import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { temporaryFolder } from '../support/processes.ts';

/** Something that listens where Docker would, answers everything with 200 and notes what it was asked. */
export async function startFakeEngine() {
  const folder = temporaryFolder();
  const socket = join(folder.path, 'docker.sock');
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url?.includes('/events')) response.write('{"first":true}\n');
    else response.end('{}');
  });
  server.listen(socket);
  await once(server, 'listening');
  // As Docker makes its own: for root and a group, for nobody else.
  chmodSync(socket, 0o660);
  return {
    socket,
    /** What came through since the last call. */
    takeAsked: () => asked.splice(0).filter((call) => !call.endsWith('/_ping')),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      folder[Symbol.dispose]();
    },
  };
}
