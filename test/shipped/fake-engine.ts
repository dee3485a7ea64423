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
  let streams = 0;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url?.includes('/events')) {
      streams += 1;
      response.write('{"first":true}\n');
      response.on('close', () => {
        streams -= 1;
      });
    } else response.end('{}');
  });
  server.on('upgrade', (request, connection) => {
    asked.push(`upgrade ${request.method} ${request.url}`);
    connection.destroy();
  });
  server.listen(socket);
  await once(server, 'listening');
  // As Docker makes its own: for root and a group, for nobody else.
  chmodSync(socket, 0o660);
  return {
    socket,
    /** What came through since the last call, but for the health check of the proxy. */
    takeAsked: () => asked.splice(0).filter((call) => call !== 'GET /_ping'),
    /** Streams of events that are open. */
    streams: () => streams,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      folder[Symbol.dispose]();
    },
  };
}
