import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import type { HttpPorts, WebhookOutcome, WebhookResult } from '../../src/http/ports.ts';
import { silentLog } from '../../src/lib/log.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { waitUntil } from '../support/wait.ts';
import { deliver, jobBody, signatureOf } from '../support/webhooks.ts';

const secret = 'the-webhook-secret';
const body = jobBody('2026-01-01T00:00:00Z');

let clock: FakeClock;
let secrets: readonly string[];
/** What came through with a right signature. */
let taken: { readonly event: string; readonly json: string }[];
let told: { readonly event: string; readonly outcome: WebhookOutcome }[];
let result: WebhookResult;
let server: Server;
let url: string;

beforeEach(async () => {
  clock = new FakeClock();
  secrets = [secret];
  taken = [];
  told = [];
  result = { outcome: 'accepted' };
  const webhooks: HttpPorts['webhooks'] = {
    clock,
    secrets: async () => secrets,
    take: (event, json) => {
      taken.push({ event, json });
      return result;
    },
    told: (event, { outcome }) => told.push({ event, outcome }),
  };
  server = createServer(createApp({ webhooks, runner: {} } as HttpPorts, silentLog)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('a delivery that is signed', () => {
  it('is taken as it was sent', async () => {
    const response = await deliver(url, { body, secret });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ status: 'success', data: { outcome: 'accepted' } });
    expect(taken).toEqual([{ event: 'workflow_job', json: body }]);
    expect(told).toEqual([{ event: 'workflow_job', outcome: 'accepted' }]);
  });

  it.each([
    ['ping', { outcome: 'accepted' }, 200],
    ['push', { outcome: 'ignored', reason: 'not wanted' }, 202],
    ['workflow_job', { outcome: 'duplicate' }, 200],
  ] as const)('of %s that is %j is answered with %i', async (event, next, status) => {
    result = next;
    const response = await deliver(url, { event, body, secret });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ status: 'success', data: next });
  });

  it('says what is wrong with it', async () => {
    result = { outcome: 'malformed', reason: 'found workflow_job.id not as GitHub documents it' };
    const response = await deliver(url, { body, secret });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ status: 'error', error: result.reason });
  });

  it('may come as a form, GitHub calls it the other content type', async () => {
    const form = new URLSearchParams({ payload: body }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await deliver(url, { body: form, secret, headers })).status).toBe(202);
    expect(taken).toEqual([{ event: 'workflow_job', json: body }]);
  });

  it('may be signed with any of the secrets', async () => {
    secrets = ['new', secret];
    expect((await deliver(url, { body, secret })).status).toBe(202);
    expect((await deliver(url, { body, secret: 'new' })).status).toBe(202);
    expect((await deliver(url, { body, secret: 'older' })).status).toBe(401);
  });

  it.each([
    ['an escaped lone surrogate', String.raw`{"name":"\ud800"}`],
    ['text beyond the basic plane', '{"name":"𝒳 é \u0000 \u2028"}'],
    ['a byte-order mark', '\ufeff{}'],
  ])('may hold %s', async (_, text) => {
    expect((await deliver(url, { body: text, secret })).status).toBe(202);
    expect(taken).toEqual([{ event: 'workflow_job', json: text }]);
  });
});

describe('a delivery that is not signed by GitHub', () => {
  const { length } = 'sha256=';
  const right = signatureOf(body, secret);

  it.each([
    ['no signature', undefined],
    ['an empty one', ''],
    ['that of another secret', signatureOf(body, 'another')],
    ['that of another body', signatureOf(`${body} `, secret)],
    ['one bit less', right.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    ['one that is cut off', right.slice(0, -1)],
    ['one that goes on', `${right}0`],
    ['upper case, which GitHub does not send', `sha256=${right.slice(length).toUpperCase()}`],
    ['no name of the algorithm', right.slice(length)],
    ['another algorithm', `sha1=${right.slice(length)}`],
    ['two of them', `${right}, ${right}`],
  ])('%s', async (_, signature) => {
    const response = await deliver(url, { body, secret, headers: { 'x-hub-signature-256': signature } });
    expect(response.status).toBe(401);
    expect(JSON.stringify(await response.json())).toContain('github.webhook_secret');
    expect(taken).toEqual([]);
    expect(told).toEqual([{ event: 'workflow_job', outcome: 'bad_signature' }]);
  });

  it('the old signature alone', async () => {
    const headers = {
      'x-hub-signature-256': undefined,
      'x-hub-signature': 'sha1=7d38cdd689735b008b3c702edd92eea23791c5f6',
    };
    expect((await deliver(url, { body, secret, headers })).status).toBe(401);
    expect(taken).toEqual([]);
  });

  it('octets that are no UTF-8, though their text would have the same signature', async () => {
    const forged = Buffer.from('{"name":"?"}');
    forged[9] = 0xff;
    const signature = signatureOf(forged.toString(), secret);
    const octets = new Uint8Array(forged);
    const response = await deliver(url, { body: octets, secret, headers: { 'x-hub-signature-256': signature } });
    expect(response.status).toBe(401);
    expect((await deliver(url, { body: octets, secret })).status).toBe(401);
    expect(taken).toEqual([]);
  });
});

describe('what is refused without a look', () => {
  it('everything while there is no secret', async () => {
    secrets = [];
    const response = await deliver(url, { body, secret });
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      status: 'error',
      error: 'there is no secret to check signatures with: set github.webhook_secret_file',
    });
    expect(told).toEqual([{ event: 'workflow_job', outcome: 'not_configured' }]);
  });

  it('another method', async () => {
    const response = await fetch(`${url}/webhooks/github`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it('30 MB, however rightly signed', async () => {
    const large = `{"name":"${'x'.repeat(30_000_000)}"}`;
    const response = await deliver(url, { body: large, secret });
    expect(response.status).toBe(413);
    expect(await response.text()).toContain('more than 2097152 bytes: subscribe to workflow jobs and runs only');
    expect(told).toEqual([{ event: 'workflow_job', outcome: 'too_large' }]);
  });

  it('30 MB whose length was not announced', async () => {
    let left = 30;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => (left-- > 0 ? controller.enqueue(new Uint8Array(1_000_000)) : controller.close()),
    });
    const headers = { 'x-github-event': 'workflow_job', 'x-hub-signature-256': signatureOf('', secret) };
    const request = { method: 'POST', headers, body: stream, duplex: 'half' } as const;
    expect((await fetch(`${url}/webhooks/github`, request)).status).toBe(413);
    expect(told).toEqual([{ event: 'workflow_job', outcome: 'too_large' }]);
  });

  it('a compressed body', async () => {
    const response = await deliver(url, { body, secret, headers: { 'content-encoding': 'gzip' } });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('content encoding unsupported');
  });

  it('no body', async () => {
    expect((await deliver(url, { body: '', secret })).status).toBe(401);
    expect(taken).toEqual([]);
  });
});

describe('a body that does not come', () => {
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  /** Announces the body and sends the first half. What the server says is collected. */
  function sendHalf() {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    const head = `POST /webhooks/github HTTP/1.1\r\nHost: x\r\nX-GitHub-Event: workflow_job\r\n`;
    const signature = `X-Hub-Signature-256: ${signatureOf(body, secret)}\r\n`;
    socket.write(`${head}${signature}Content-Length: ${body.length}\r\n\r\n${body.slice(0, body.length / 2)}`);
    const seen = { socket, text: '', closed: false };
    socket.on('data', (chunk) => {
      seen.text += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      seen.closed = true;
    });
    return seen;
  }

  it('in time is given up, and its connection closed', async () => {
    const slow = sendHalf();
    const answered = async () => {
      await clock.advance(10_000);
      return slow.closed;
    };
    await waitUntil(answered, { timeoutMs: 5000, what: () => `the end after ${slow.text}` });
    expect(slow.text).toContain('HTTP/1.1 400');
    expect(slow.text).toContain('the sender did not answer within 10 s');
    expect(told).toEqual([{ event: 'workflow_job', outcome: 'malformed' }]);
  });

  it('to its end, because the sender went away', async () => {
    const half = sendHalf();
    await once(half.socket, 'connect');
    half.socket.end();
    await waitUntil(() => told.length > 0, { timeoutMs: 5000, what: () => 'its end was not told' });
    expect(told).toEqual([{ event: 'workflow_job', outcome: 'malformed' }]);
    expect(taken).toEqual([]);
  });

  it('keeps others out only while it waits', async () => {
    // 16 are read, 256 wait.
    const halves = Array.from({ length: 300 }, sendHalf);
    const refused = () => halves.filter(({ text }) => text.includes('HTTP/1.1 503'));
    await waitUntil(() => refused().length === 28, { timeoutMs: 10_000, what: () => `${refused().length} of 28` });
    expect(refused()[0]?.text).toContain('Retry-After: 10');
    expect(told.every(({ outcome }) => outcome === 'overloaded')).toBe(true);
    const cleared = async () => {
      await clock.advance(10_000);
      return halves.every(({ text }) => text.includes('HTTP/1.1'));
    };
    await waitUntil(cleared, { timeoutMs: 10_000, what: () => 'an answer for each' });
    expect((await deliver(url, { body, secret })).status).toBe(202);
  });
});
