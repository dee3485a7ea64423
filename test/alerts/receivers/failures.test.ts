import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRouting } from '../../../src/alerts/routing.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createHttpClient, type HttpClient } from '../../../src/lib/http.ts';
import type { Notification } from '../../../src/model/alert.ts';
import { alert, start } from '../support/house.ts';
import { toolsWith } from '../support/tools.ts';

const secret = 'a-secret-that-nobody-may-see';
const notification: Notification = {
  groupKey: '{}:{}',
  receiver: 'team',
  groupLabels: {},
  alerts: [alert({ alertname: 'Down' })],
  at: start,
  truncatedAlerts: 0,
};
const stack = new AsyncDisposableStack();
let base: string;
let elsewhere: string;
let reached: string[] = [];

/** What a peer does with a notification, by the name of the fault. It repeats what it was told, as an echo may. */
const peers: Readonly<Record<string, RequestListener>> = {
  '400': (_, response) => response.writeHead(400).end(secret),
  '401': (_, response) => response.writeHead(401, { 'www-authenticate': secret }).end(secret),
  '404': (_, response) => response.writeHead(404).end(`<html>${secret}</html>`),
  '429': (_, response) => response.writeHead(429).end(secret),
  '429 with a delay': (_, response) => response.writeHead(429, { 'retry-after': '7' }).end(secret),
  '500': (_, response) => response.writeHead(500).end(secret),
  '503 with a delay': (_, response) => response.writeHead(503, { 'retry-after': '9' }).end(secret),
  hang: () => undefined,
  reset: (request) => request.socket.destroy(),
  'half an answer': (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('ok');
    setImmediate(() => response.destroy());
  },
  'a huge answer': (_, response) => response.end('x'.repeat(1024 * 1024)),
  'a redirect that is not followed': (_, response) =>
    response.writeHead(307, { location: `${elsewhere}/stolen` }).end(),
};

const retried = { ok: false, retry: true };
const refused = { ok: false, retry: false };
const expected: readonly (readonly [string, object])[] = [
  ['400', { ...refused, reason: 'client' }],
  ['401', { ...refused, reason: 'auth' }],
  ['404', { ...refused, reason: 'client' }],
  ['429', { ...retried, reason: 'rate-limit' }],
  ['429 with a delay', { ...retried, reason: 'rate-limit', retryAfterMs: 7000 }],
  ['500', { ...retried, reason: 'server' }],
  ['503 with a delay', { ...retried, reason: 'server', retryAfterMs: 9000 }],
  ['hang', { ...retried, reason: 'network' }],
  ['reset', { ...retried, reason: 'network' }],
  ['half an answer', { ...retried, reason: 'network' }],
  ['a huge answer', { ...retried, reason: 'network' }],
  ['a redirect that is not followed', { ...refused, reason: 'client' }],
];

/** The least that each kind needs, with secrets wherever one may be. */
function configs(url: string): Readonly<Record<string, object>> {
  const http_config = { follow_redirects: false, basic_auth: { username: 'team', password: secret } };
  const hook = `${url}/${secret}`;
  return {
    discord: { webhook_url: hook, http_config },
    msteamsv2: { webhook_url: hook, http_config },
    pushover: { user_key: secret, token: secret, http_config },
    slack: { api_url: hook, http_config },
    telegram: { api_url: url, bot_token: secret, chat_id: 1, http_config },
    webhook: {
      url: hook,
      http_config: { ...http_config, basic_auth: undefined, authorization: { credentials: secret } },
    },
  };
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The real client with a short patience; Pushover's address, which is fixed, leads to the fault as well. */
function clientFor(path: string): HttpClient {
  const http = createHttpClient(systemClock);
  return (url, request) =>
    http(url.replace('https://api.pushover.net', `${base}${path}`), { ...request, timeoutMs: 300 });
}

async function deliver(kind: string, fault: string) {
  const path = `/${encodeURIComponent(fault)}`;
  const receivers = [{ name: 'team', [`${kind}_configs`]: [configs(`${base}${path}`)[kind]] }];
  const routing = loadRouting('alertmanager.yml', JSON.stringify({ route: { receiver: 'team' }, receivers }));
  const [integration] = routing.receivers.get('team') ?? [];
  return integration?.send(toolsWith(clientFor(path)), notification, new AbortController().signal);
}

beforeAll(async () => {
  reached = [];
  elsewhere = await listen((request, response) => {
    reached.push(request.url ?? '');
    response.end('ok');
  });
  base = await listen((request, response) => {
    const [, fault = ''] = (request.url ?? '').split('/');
    peers[decodeURIComponent(fault)]?.(request, response);
  });
});
afterAll(() => stack.disposeAsync());

describe.each(Object.keys(configs('')))('%s', (kind) => {
  it.each(expected)('%s', async (fault, verdict) => {
    const delivery = await deliver(kind, fault);
    expect(delivery).toEqual({ ...verdict, message: expect.any(String) });
    expect(JSON.stringify(delivery)).not.toContain(secret);
    expect(reached).toEqual([]);
  });
});

describe('an answer that says no with a status of success', () => {
  const answering = (type: string, text: string): HttpClient => {
    return async () => ({ status: 200, headers: new Headers({ 'content-type': type }), text });
  };
  const { slack, telegram } = configs('http://127.0.0.1:1');

  it.each([
    [
      'slack',
      slack,
      'application/json',
      '{"ok":false,"error":"channel_not_found"}',
      { ...refused, message: 'Slack refused the message: channel_not_found' },
    ],
    [
      'slack',
      slack,
      'application/json',
      `{"ok":"${secret}"`,
      { ...retried, message: 'Slack answered with what is no JSON of its API' },
    ],
    [
      'slack',
      slack,
      'text/html',
      `<html>${secret}</html>`,
      { ...refused, message: 'Slack answered with another text than ok' },
    ],
    [
      'telegram',
      telegram,
      'text/html',
      `<html>${secret}</html>`,
      { ...retried, message: 'Telegram answered without saying that it took the message' },
    ],
  ] as const)('%s', async (kind, config, type, text, verdict) => {
    const receivers = [{ name: 'team', [`${kind}_configs`]: [config] }];
    const routing = loadRouting('alertmanager.yml', JSON.stringify({ route: { receiver: 'team' }, receivers }));
    const [integration] = routing.receivers.get('team') ?? [];
    const { signal } = new AbortController();
    expect(await integration?.send(toolsWith(answering(type, text)), notification, signal)).toMatchObject(verdict);
  });
});
