import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { parseDockerHost } from '../../../src/sources/docker/connection.ts';
import { createDockerSource } from '../../../src/sources/docker/create.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/processes.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A Docker that answers as told, on a Unix socket of its own. */
async function startFake(answer: Answer) {
  const folder = temporaryFolder();
  const path = join(folder.path, 'docker.sock');
  const server = createServer(answer).listen(path);
  await once(server, 'listening');
  const source = createDockerSource({ host: `unix://${path}`, clock: systemClock, log: silentLog });
  return {
    path,
    source,
    async [Symbol.asyncDispose]() {
      source.close();
      server.closeAllConnections();
      server.close();
      folder[Symbol.dispose]();
    },
  };
}

const { signal } = new AbortController();

describe('a Docker host', () => {
  it.each([
    ['unix:///var/run/docker.sock', { socketPath: '/var/run/docker.sock' }],
    ['tcp://127.0.0.1:2375', { host: '127.0.0.1', port: 2375 }],
    ['tcp://[::1]:1234', { host: '::1', port: 1234 }],
    ['http://socket-proxy:2375/', { host: 'socket-proxy', port: 2375 }],
    ['tcp://proxy', { host: 'proxy', port: 2375 }],
  ])('%s is understood', (text, address) => {
    expect(parseDockerHost(text)).toEqual(address);
  });

  it.each([
    '',
    '/var/run/docker.sock',
    'unix://',
    'ssh://host',
    'tcp://host:2375/path',
    'http://user@host',
    'host:2375',
  ])('%j is refused with what is expected', (text) => {
    expect(() => parseDockerHost(text)).toThrow(/expected unix:\/\/\/path, tcp:\/\/host:port or http:\/\/host:port/);
  });
});

describe('a Docker that is not well', () => {
  it('is not available where its socket is missing, and says so when asked all the same', async () => {
    const source = createDockerSource({ host: 'unix:///nowhere/docker.sock', clock: systemClock, log: silentLog });
    expect(source.available()).toBe('no Docker socket at unix:///nowhere/docker.sock');
    await expect(source.list(signal)).rejects.toThrow(/could not be reached: there is no socket/);
  });

  it('settles at the deadline where its socket hangs', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'hung.sock');
    const hung = createSocketServer(() => undefined).listen(path);
    await once(hung, 'listening');
    const clock = new FakeClock();
    const source = createDockerSource({ host: `unix://${path}`, clock, log: silentLog });
    const calls = [source.list(signal), source.inspect('a', signal), source.ping(signal)].map((call) =>
      expect(call).rejects.toThrow('did not answer within 5 s'),
    );
    const restart = expect(source.restart('a', 10, signal)).rejects.toThrow('did not answer within 40 s');
    await clock.advance(5000);
    await Promise.all(calls);
    await clock.advance(35_000);
    await restart;
    source.close();
    hung.close();
  });

  it("settles at once with the caller's signal", async () => {
    await using fake = await startFake(() => undefined);
    const stop = new AbortController();
    const call = fake.source.list(stop.signal);
    stop.abort(new Error('shutting down'));
    await expect(call).rejects.toThrow('shutting down');
  });

  it.each([
    ['is not JSON', 200, '<html>', /\/containers\/json with something that is not JSON/],
    ['is cut JSON', 200, '[{"Id":"a"', /not JSON/],
    ['is not as documented', 200, '[{"Id":1}]', /not as documented: 0\.Id/],
    ['is an error', 500, '{"message":"disk is full"}', /refused \/containers\/json with 500: disk is full/],
    [
      'is a proxy’s',
      403,
      '<h1>Forbidden</h1>',
      /with 403: <h1>Forbidden<\/h1> \(does the socket proxy allow this call\?\)/,
    ],
  ])('says so where its answer %s', async (_, status, body, message) => {
    await using fake = await startFake((_request, response) => response.writeHead(status).end(body));
    await expect(fake.source.list(signal)).rejects.toThrow(message);
  });

  it('is not read beyond the bound', async () => {
    await using fake = await startFake((_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024, ' ');
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    await expect(fake.source.list(signal)).rejects.toThrow(/answered with more than 33554432 bytes/);
  });

  it('that cuts the connection is an error of its own', async () => {
    await using fake = await startFake((request) => request.socket.destroy());
    await expect(fake.source.list(signal)).rejects.toThrow(/could not be reached/);
  });
});

describe('one container', () => {
  it.each(['inspect', 'stats', 'top', 'changes'] as const)('that is gone is undefined for %s', async (method) => {
    await using fake = await startFake((_request, response) => response.writeHead(404).end('{"message":"No such"}'));
    expect(await fake.source[method]('gone', signal)).toBeUndefined();
    await expect(fake.source.restart('gone', 0, signal)).rejects.toThrow('container gone is gone');
  });

  it('that does not run has no processes', async () => {
    await using fake = await startFake((_request, response) =>
      response.writeHead(409).end('{"message":"not running"}'),
    );
    expect(await fake.source.top('a', signal)).toEqual([]);
  });

  it('is asked for with exactly the calls that a socket proxy must allow', async () => {
    const asked: string[] = [];
    await using fake = await startFake((request, response) => {
      asked.push(`${request.method} ${decodeURIComponent(request.url ?? '')}`);
      response.writeHead(request.method === 'POST' ? 204 : 404).end();
    });
    await fake.source.inspect('a/b', signal);
    await fake.source.stats('a', signal);
    await fake.source.top('a', signal);
    await fake.source.changes('a', signal);
    await fake.source.restart('a', 90, signal);
    expect(asked).toEqual([
      'GET /containers/a/b/json',
      'GET /containers/a/stats?stream=false&one-shot=true',
      'GET /containers/a/top?ps_args=-eo pid,args',
      'GET /containers/a/changes',
      'POST /containers/a/restart?t=90',
    ]);
  });
});
