import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: { readonly kind?: string; readonly [key: string]: unknown };
}

interface Scripted {
  readonly status: number;
  readonly body: object;
}

export function granted(data: object): Scripted {
  return { status: 200, body: { status: 'success', data } };
}

export function refused(status: number, outcome: string): Scripted {
  return { status, body: { status: 'error', outcome, error: `refused as ${outcome}` } };
}

/** Answers as Runnerwatch's token broker would, in the order that is given; the last answer goes on. */
export async function createFakeBroker(...answers: readonly Scripted[]) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    asked.push({
      path: request.url ?? '',
      authorization: request.headers.authorization,
      body: JSON.parse(await text(request)),
    });
    const { status, body } = answers[Math.min(asked.length, answers.length) - 1] ?? refused(503, 'failed');
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    kinds: () => asked.map(({ body }) => body.kind),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
