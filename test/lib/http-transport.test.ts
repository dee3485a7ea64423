import { createServer, type RequestListener, request } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createHttpClient, type HttpRequest } from '../../src/lib/http.ts';
import type { Transport } from '../../src/lib/http-transport.ts';
import { listen } from '../support/listen.ts';
import { type Certificate, selfSigned } from '../support/probe/certificates.ts';
import { temporaryFolder } from '../support/processes.ts';
import { needs } from '../support/services.ts';

const http = createHttpClient(systemClock);
const stack = new AsyncDisposableStack();
const seen: { method: string | undefined; url: string | undefined; authorization: string | undefined; body: string }[] =
  [];
const proxied: string[] = [];
let certificate: Certificate;
let plain: string;
let secure: string;
let other: string;
let proxy: string;

const answer: RequestListener = async (incoming, response) => {
  const { method, url, headers } = incoming;
  seen.push({ method, url, authorization: headers.authorization, body: await text(incoming) });
  const code = Number(/^\/to\/(\d+)/.exec(url ?? '')?.[1]);
  if (code) response.writeHead(code, { location: url?.endsWith('/other') ? `${other}/end` : '/end' }).end('moved');
  else if (url === '/loop') response.writeHead(302, { location: '/loop' }).end();
  else response.end(`hello ${url}`);
};

/** A proxy as a company has one: it forwards plain requests and opens tunnels for TLS. */
function startProxy(): Promise<number> {
  const server = createServer((incoming, response) => {
    proxied.push(`${incoming.method} ${incoming.url} ${incoming.headers['proxy-authorization']}`);
    const onward = request(incoming.url ?? '', { method: incoming.method, headers: incoming.headers }, (got) => {
      response.writeHead(got.statusCode ?? 0, got.headers);
      got.pipe(response);
    });
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, socket) => {
    proxied.push(`CONNECT ${incoming.url} ${incoming.headers['proxy-authorization']}`);
    const [host, port] = (incoming.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  return listen(server, stack);
}

function post(url: string, transport: Transport, more: Partial<HttpRequest> = {}) {
  const headers = { authorization: 'Bearer secret', 'content-type': 'text/plain' };
  const bounds = { timeoutMs: 5000, maxBytes: 100 };
  return http(url, { method: 'POST', headers, body: 'told', ...bounds, transport, ...more });
}

describe('a header that cannot be sent', () => {
  it.each([
    ['fetch', undefined],
    ['a connection of its own', { tls: {} }],
  ])('is named without its value by %s', async (_, transport) => {
    for (const value of ['Bearer s3cr3t\nline', 's3cr3t ✓']) {
      const asked = http('http://127.0.0.1:9/', {
        headers: { authorization: value },
        timeoutMs: 5000,
        maxBytes: 1,
        transport,
      });
      await expect(asked).rejects.toThrow('http://127.0.0.1:9 was not asked: the header authorization has a character');
      await expect(asked).rejects.not.toThrow('s3cr3t');
    }
  });
});

describe.skipIf(needs('openssl'))('a connection of its own', () => {
  beforeAll(async () => {
    const folder = stack.use(temporaryFolder());
    certificate = selfSigned(folder.path, 'server', { endsIn: 86_400 });
    const tls = { cert: certificate.cert, key: certificate.key, ca: certificate.cert };
    plain = `http://127.0.0.1:${await listen(createServer(answer), stack)}`;
    other = `http://127.0.0.1:${await listen(createServer(answer), stack)}`;
    const server = createSecureServer(
      { ...tls, requestCert: true, rejectUnauthorized: false },
      (incoming, response) => {
        const { authorized } = incoming.socket as unknown as { authorized: boolean };
        response.end(`known client: ${authorized}`);
      },
    );
    secure = `https://127.0.0.1:${await listen(server, stack)}`;
    proxy = `http://user:secret@127.0.0.1:${await startProxy()}`;
  });
  afterAll(() => stack.disposeAsync());

  it('trusts the authority that it is told, and no other', async () => {
    expect((await post(secure, { tls: { ca: certificate.cert } })).text).toBe('known client: false');
    await expect(post(secure, { tls: {} })).rejects.toThrow(`${secure} could not be reached`);
    expect((await post(secure, { tls: { isAnyCertificate: true } })).status).toBe(200);
  });

  it('shows its certificate', async () => {
    const { cert, key } = certificate;
    expect((await post(secure, { tls: { ca: cert, cert, key } })).text).toBe('known client: true');
  });

  it('expects the name that it is told', async () => {
    const ca = certificate.cert;
    expect((await post(secure, { tls: { ca, serverName: 'home.lan' } })).status).toBe(200);
    await expect(post(secure, { tls: { ca, serverName: 'other.lan' } })).rejects.toThrow('could not be reached');
  });

  it('goes through a proxy, with a tunnel for TLS, and not where it must not', async () => {
    proxied.length = 0;
    expect((await post(`${plain}/a`, { proxy: { url: proxy } })).text).toBe('hello /a');
    const tunnel = await post(secure, { proxy: { url: proxy }, tls: { ca: certificate.cert } });
    expect(tunnel.text).toBe('known client: false');
    await post(plain, { proxy: { url: proxy, noProxy: 'localhost,127.0.0.1' } });
    const basic = `Basic ${btoa('user:secret')}`;
    expect(proxied).toEqual([`POST ${plain}/a ${basic}`, `CONNECT ${new URL(secure).host} ${basic}`]);
  });

  it('says nothing of a proxy that is away but the origin that was meant', async () => {
    const failed = post(`${plain}/secret`, { proxy: { url: 'http://user:secret@127.0.0.1:1' } });
    await expect(failed).rejects.toThrow(`${plain} could not be reached`);
    await expect(failed.catch((error: Error) => `${error.message} ${error.cause}`)).resolves.not.toContain('secret');
  });

  it.each([
    [303, '/end', 'GET', ''],
    [308, '/end', 'POST', 'told'],
  ])('follows %i', async (status, url, method, body) => {
    seen.length = 0;
    expect((await post(`${plain}/to/${status}`, { tls: {} })).text).toBe('hello /end');
    expect(seen[1]).toEqual({ method, url, authorization: 'Bearer secret', body });
  });

  it('takes no authorization elsewhere', async () => {
    seen.length = 0;
    await post(`${plain}/to/307/other`, { tls: {} });
    expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer secret', undefined]);
  });

  it('does not follow where it must not, nor for ever', async () => {
    expect((await post(`${plain}/to/302`, { tls: {} }, { redirect: 'manual' })).status).toBe(302);
    await expect(post(`${plain}/to/302`, { tls: {} }, { redirect: 'error' })).rejects.toThrow('could not be reached');
    await expect(post(`${plain}/loop`, { tls: {} })).rejects.toThrow('could not be reached');
  });

  it('reads no more than it may', async () => {
    await expect(post(plain, { tls: {} }, { maxBytes: 3 })).rejects.toThrow('more than 3 bytes');
  });
});
