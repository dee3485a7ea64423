import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { temporaryFolder } from '../../../test/support/processes.ts';

const dockerSocket = '/var/run/docker.sock';

/** A way to the Docker Engine that notes when each container was first asked to restart. */
export interface Calls extends AsyncDisposable {
  readonly socket: string;
  /** By the container's name or id as the caller wrote it; milliseconds since the epoch. */
  readonly restartedAt: ReadonlyMap<string, number>;
}

export async function noteRestarts(): Promise<Calls> {
  const folder = temporaryFolder();
  const socket = join(folder.path, 'docker.sock');
  const restartedAt = new Map<string, number>();
  const server = createServer((asked, answer) => {
    const container = /^(?:\/v[\d.]+)?\/containers\/([^/]+)\/restart/.exec(asked.url ?? '')?.[1];
    if (container !== undefined && !restartedAt.has(container)) restartedAt.set(container, Date.now());
    const { method, url: path, headers } = asked;
    const onward = request({ socketPath: dockerSocket, method, path, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      // The event stream says nothing for a while.
      answer.flushHeaders();
      got.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    asked.pipe(onward);
  });
  server.listen(socket);
  await once(server, 'listening');
  return {
    socket,
    restartedAt,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      folder[Symbol.dispose]();
    },
  };
}
