import { describe, expect, it } from 'vitest';
import { webhook } from '../../src/alerts/receivers/webhook.ts';
import type { HttpClient, HttpRequest } from '../../src/lib/http.ts';
import type { Notification } from '../../src/model/alert.ts';
import { alert, start } from './support/house.ts';
import { toolsWith } from './support/tools.ts';

const notification: Notification = {
  groupKey: '{}:{}',
  receiver: 'team',
  groupLabels: {},
  alerts: [alert({ alertname: 'A' }), alert({ alertname: 'B' })],
  at: start,
  truncatedAlerts: 0,
};

interface Call extends HttpRequest {
  readonly url: string;
}

interface Outside {
  readonly files?: Readonly<Record<string, string>>;
  readonly fails?: Error;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(config: object, { files = {}, fails, status = 200, headers = {} }: Outside = {}) {
  const calls: Call[] = [];
  const http: HttpClient = async (url, request) => {
    calls.push({ url, ...request });
    if (fails) throw fails;
    return { status, headers: new Headers(headers), text: '' };
  };
  const readFile = async (path: string): Promise<string> => {
    const text = files[path];
    if (text === undefined) throw new Error(`${path} does not exist`);
    return text;
  };
  const deps = toolsWith(http, { readFile });
  const delivery = await webhook.send(deps, webhook.config.parse(config), notification, new AbortController().signal);
  return { delivery, calls };
}

const url = 'http://hooks.example.com/T0/secret-path?token=secret-query';

describe('the webhook', () => {
  it('posts JSON as runnerwatch', async () => {
    const { delivery, calls } = await send({ url, timeout: '3s' });
    expect(delivery).toEqual({ ok: true });
    expect(calls).toMatchObject([
      {
        url,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'runnerwatch/0.1.0' },
        timeoutMs: 3000,
        redirect: 'follow',
      },
    ]);
    expect(JSON.parse(calls[0]?.body ?? '')).toMatchObject({ version: '4', receiver: 'team', alerts: [{}, {}] });
  });

  it.each([
    ['a token', { authorization: { credentials: 'secret' } }, 'Bearer secret'],
    ['a token of its own type', { authorization: { type: 'Token', credentials_file: '/token' } }, 'Token from file'],
    ['a password', { basic_auth: { username: 'team', password: 'secret' } }, `Basic ${btoa('team:secret')}`],
    [
      'a password file',
      { basic_auth: { username: 'team', password_file: '/token' } },
      `Basic ${btoa('team:from file')}`,
    ],
    ['a user alone', { basic_auth: { username: 'team' } }, `Basic ${btoa('team:')}`],
  ])('authorizes by %s', async (_, http_config, expected) => {
    const { calls } = await send({ url, http_config }, { files: { '/token': 'from file\n' } });
    expect(calls[0]?.headers?.authorization).toBe(expected);
  });

  it('says the headers that it is told', async () => {
    const http_headers = { 'X-Team': { values: ['a'], secrets: ['b'], files: ['/token'] } };
    const { calls } = await send({ url, http_config: { http_headers } }, { files: { '/token': 'from file\n' } });
    expect(calls[0]?.headers).toMatchObject({ 'x-team': 'a, b, from file', 'content-type': 'application/json' });
  });

  it('reads the URL anew from its file', async () => {
    const { calls } = await send({ url_file: '/url' }, { files: { '/url': `${url}\n` } });
    expect(calls[0]?.url).toBe(url);
  });

  it('follows no redirect where it must not', async () => {
    const { calls } = await send({ url, http_config: { follow_redirects: false } });
    expect(calls[0]?.redirect).toBe('manual');
  });

  it('tries again where a file is missing for the moment', async () => {
    const { delivery, calls } = await send({ url_file: '/url' });
    expect(delivery).toEqual({ ok: false, retry: true, reason: 'config', message: '/url does not exist' });
    expect(calls).toEqual([]);
  });

  it('never says its URL', async () => {
    const failed = await send({ url }, { fails: new Error('http://hooks.example.com could not be reached') });
    const wrong = await send({ url_file: '/url' }, { files: { '/url': 'ftp://secret-host/secret' } });
    expect(failed.delivery).toMatchObject({ ok: false, retry: true, reason: 'network' });
    expect(JSON.stringify([failed.delivery, wrong.delivery])).not.toContain('secret');
  });
});

describe('its answer', () => {
  it.each([
    [204, {}, { ok: true }],
    [302, {}, { retry: false, reason: 'client' }],
    [400, {}, { retry: false, reason: 'client' }],
    [401, {}, { retry: false, reason: 'auth' }],
    [403, {}, { retry: false, reason: 'auth' }],
    [404, { 'retry-after': '5' }, { retry: false, reason: 'client' }],
    [429, {}, { retry: true, reason: 'rate-limit' }],
    [429, { 'retry-after': '7' }, { retry: true, reason: 'rate-limit', retryAfterMs: 7000 }],
    [500, {}, { retry: true, reason: 'server' }],
    [503, { 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' }, { retry: true, reason: 'server', retryAfterMs: 9000 }],
    [503, { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, { retry: true, reason: 'server', retryAfterMs: 0 }],
    [503, { 'retry-after': 'soon' }, { retry: true, reason: 'server' }],
  ] as const)('%i %o', async (status, headers, expected) => {
    const said = 'ok' in expected ? {} : { ok: false, message: `the webhook answered with status ${status}` };
    const { delivery } = await send({ url }, { status, headers });
    expect(delivery).toEqual({ ...said, ...expected });
  });
});
