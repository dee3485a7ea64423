import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { createDns } from '../../../src/sources/probes/dns.ts';
import { DnsModule } from '../../../src/sources/probes/dns-module.ts';
import { createHttp } from '../../../src/sources/probes/http.ts';
import { HttpModule } from '../../../src/sources/probes/http-module.ts';
import { createTcp } from '../../../src/sources/probes/tcp.ts';
import { TcpModule } from '../../../src/sources/probes/tcp-module.ts';
import { createResolver } from '../../../src/sources/resolver.ts';
import { startDns, startTcp } from '../../support/probe/servers.ts';

const ports = {
  clock: systemClock,
  resolver: createResolver(systemClock),
  readFile: () => Promise.reject(new Error('no such file')),
  userAgent: 'runnerwatch/test',
};
const options = { timeoutMs: 500, log: silentLog };
const { signal } = new AbortController();

/** Writes without end, as fast as it is read. */
function pour(socket: Socket, text: string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on('drain', more);
  more();
}

const kilobytes = 'x'.repeat(64 * 1024);
const head = 'HTTP/1.1 200 OK\r\n';

type Serve = (socket: Socket) => void;

/** How a probe of such a server ends, and how long that takes. */
async function probed(serve: Serve, probe: (address: string) => Promise<{ failure: string | undefined }>) {
  await using server = await startTcp(serve);
  const start = performance.now();
  const { failure } = await probe(`127.0.0.1:${server.port}`);
  return { failure, ms: performance.now() - start };
}

describe('an HTTP server that misbehaves', () => {
  it.each<[string, string, Serve, object]>([
    ['never answers', 'timeout', () => undefined, {}],
    ['closes at once', 'protocol', (socket) => socket.destroy(), {}],
    [
      'sends headers without end',
      'protocol',
      (socket) =>
        pour(
          socket.on('data', () => 0),
          `${head}a: ${kilobytes}\r\n`,
        ),
      {},
    ],
    [
      'sends one header without end',
      'protocol',
      (socket) =>
        pour(
          socket.on('data', () => 0),
          head + kilobytes,
        ),
      {},
    ],
    ['is no HTTP server', 'protocol', (socket) => socket.end('SSH-2.0-x\r\n'), {}],
    [
      'sends a body without end',
      'timeout',
      (socket) => {
        socket.write(`${head}\r\n`);
        pour(socket, kilobytes);
      },
      {},
    ],
    [
      'sends a body without end that is searched',
      'expectation',
      (socket) => {
        socket.write(`${head}\r\n`);
        pour(socket, kilobytes);
      },
      { fail_if_body_matches_regexp: ['y'], body_size_limit: '1MB' },
    ],
    [
      'sends no gzip where it says so',
      'protocol',
      (socket) => socket.end(`${head}content-encoding: gzip\r\ncontent-length: 4\r\n\r\nplai`),
      { compression: 'gzip' },
    ],
    [
      'redirects to another protocol',
      'protocol',
      (socket) => socket.end('HTTP/1.1 302 F\r\nlocation: file:///etc/passwd\r\n\r\n'),
      {},
    ],
    [
      'talks of chunks and sends none',
      'protocol',
      (socket) => socket.end(`${head}transfer-encoding: chunked\r\n\r\nzz\r\n`),
      {},
    ],
  ])('that %s fails the probe as %s', async (_, failure, serve, settings) => {
    const module = HttpModule.parse(settings);
    const ended = await probed(serve, (address) => createHttp(ports).probe(address, module, options, signal));
    expect(ended.failure).toBe(failure);
    expect(ended.ms).toBeLessThan(1_500);
  });

  it('counts a body of 10 MB without keeping it', async () => {
    const module = HttpModule.parse({});
    await using server = await startTcp((socket) => socket.end(`${head}\r\n${'x'.repeat(10_000_000)}`));
    const found = await createHttp(ports).probe(
      `127.0.0.1:${server.port}`,
      module,
      { ...options, timeoutMs: 5_000 },
      signal,
    );
    expect(found).toMatchObject({ failure: undefined, bodyLength: 10_000_000, contentLength: -1 });
  });

  it('is left with no connection, whichever way the probe ends', async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await startTcp((socket) => {
      socket.once('close', () => closed.resolve());
      socket.on('data', () => socket.write('HTTP/1.1 302 F\r\nlocation: file:///etc/passwd\r\n\r\n'));
    });
    await createHttp(ports).probe(`127.0.0.1:${server.port}`, HttpModule.parse({}), options, signal);
    await closed.promise;
  });

  it('is not given the password for another host', async () => {
    const seen: string[] = [];
    await using other = await startTcp((socket) =>
      socket.on('data', (data) => {
        seen.push(String(data));
        socket.end('HTTP/1.1 200 OK\r\n\r\n');
      }),
    );
    await using first = await startTcp((socket) => {
      socket.on('data', () => socket.end(`HTTP/1.1 302 F\r\nlocation: http://localhost:${other.port}/\r\n\r\n`));
    });
    const module = HttpModule.parse({ basic_auth: { username: 'ann', password: 'pass' }, headers: { Cookie: 'a=b' } });
    const found = await createHttp(ports).probe(`127.0.0.1:${first.port}`, module, options, signal);
    expect(found).toMatchObject({ failure: undefined, redirects: 1 });
    expect(seen.join()).toContain(`host: localhost:${other.port}`);
    expect(seen.join()).not.toMatch(/authorization|cookie/i);
  });
});

describe('a TCP server that misbehaves', () => {
  const expecting = { query_response: [{ expect: '^220' }] };
  it.each<[string, string, Serve, object]>([
    ['never answers', 'timeout', () => undefined, expecting],
    ['closes at once', 'expectation', (socket) => socket.end(), expecting],
    ['sends a line without end', 'protocol', (socket) => pour(socket, kilobytes), expecting],
    ['sends lines without end', 'timeout', (socket) => pour(socket, 'no\n'.repeat(1000)), expecting],
    ['answers TLS with garbage', 'tls', (socket) => socket.end(kilobytes), { tls: true }],
    ['answers TLS with silence', 'timeout', () => undefined, { tls: true }],
    ['closes during TLS', 'tls', (socket) => socket.destroy(), { tls: true }],
  ])('that %s fails the probe as %s', async (_, failure, serve, settings) => {
    const module = TcpModule.parse(settings);
    const ended = await probed(serve, (address) => createTcp(ports).probe(address, module, options, signal));
    expect(ended.failure).toBe(failure);
    expect(ended.ms).toBeLessThan(1_500);
  });

  it('says which file cannot be read', async () => {
    const module = TcpModule.parse({ tls: true, tls_config: { ca_file: '/no/ca.pem' } });
    await using server = await startTcp(() => undefined);
    const found = await createTcp(ports).probe(`127.0.0.1:${server.port}`, module, options, signal);
    expect(found).toMatchObject({ failure: 'tls', detail: '/no/ca.pem cannot be read: no such file' });
  });

  it('gives the labels of what it said', async () => {
    const step = { expect: '^SSH-([0-9.]+)-(\\S+)', labels: [{ name: 'software', value: '$2, $1' }] };
    await using server = await startTcp((socket) => socket.end('SSH-2.0-OpenSSH_9\r\n'));
    const module = TcpModule.parse({ query_response: [step] });
    const found = await createTcp(ports).probe(`127.0.0.1:${server.port}`, module, options, signal);
    expect(found.expected).toEqual([{ software: 'OpenSSH_9, 2.0' }]);
  });
});

describe('a DNS server that misbehaves', () => {
  const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
  it.each<[string, string, Buffer | undefined, object]>([
    ['never answers', 'timeout', undefined, {}],
    ['never answers over TCP', 'timeout', undefined, { transport_protocol: 'tcp' }],
    ['sends nothing behind the number', 'protocol', bytes(''), {}],
    ['counts more records than it sends', 'protocol', bytes('81800001ffffffffffff'), {}],
    ['points a name at itself', 'protocol', bytes('8180000000010000' + '0000c00c00010001'), {}],
    ['sends half a record', 'protocol', bytes('818000000001000000000000010001000000'), { transport_protocol: 'tcp' }],
  ])('that %s fails the probe as %s', async (_, failure, answer, settings) => {
    await using server = await startDns(() => answer);
    const module = DnsModule.parse({ query_name: 'home.lan', query_type: 'A', ...settings });
    const start = performance.now();
    const found = await createDns(ports).probe(`127.0.0.1:${server.port}`, module, options, signal);
    expect(found).toMatchObject({ failure, answered: false });
    expect(performance.now() - start).toBeLessThan(1_500);
  });

  it('survives any bytes', async () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647);
    await using server = await startDns(() => Buffer.from(Array.from({ length: random() % 80 }, () => random() % 256)));
    const module = DnsModule.parse({ query_name: 'home.lan', query_type: 'A' });
    const found = await Promise.all(
      Array.from({ length: 200 }, () => createDns(ports).probe(`127.0.0.1:${server.port}`, module, options, signal)),
    );
    expect(found.every(({ failure }) => failure !== undefined)).toBe(true);
  });

  it('ends at once with the signal', async () => {
    await using server = await startDns(() => undefined);
    const module = DnsModule.parse({ query_name: 'home.lan' });
    const stop = new AbortController();
    const ended = createDns(ports).probe(
      `127.0.0.1:${server.port}`,
      module,
      { ...options, timeoutMs: 60_000 },
      stop.signal,
    );
    stop.abort(new Error('stopped'));
    await expect(ended).rejects.toThrow('stopped');
  });
});
