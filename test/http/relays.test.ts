import { createServer } from 'node:http';
import express from 'express';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/alerts/receivers/receiver.ts';
import type { HttpPorts, RelayPorts } from '../../src/http/ports.ts';
import { relayRoutes } from '../../src/http/relays.ts';
import { listen } from '../support/listen.ts';
import { waitUntil } from '../support/wait.ts';

type Send = RelayPorts['send'];

const tokens = new Map<string, string | undefined>([
  ['open', undefined],
  ['guarded', 'the-token'],
]);
let send: Send;
let url: string;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  const relays: RelayPorts = {
    names: () => [...tokens.keys()],
    token: async (name) => tokens.get(name),
    send: (...args) => send(...args),
    externalURL: () => 'http://rw.example/',
  };
  const app = express().use(relayRoutes({ relays } as HttpPorts));
  url = `http://127.0.0.1:${await listen(createServer(app), stack)}`;
});
afterAll(() => stack.disposeAsync());
beforeEach(() => {
  send = async () => ({ ok: true });
});

const json = { 'content-type': 'application/json' };

async function post(name: string, headers: Readonly<Record<string, string>> = {}, body = '{"version":"4"}') {
  const answer = await fetch(`${url}/relays/${name}`, { method: 'POST', headers: { ...json, ...headers }, body });
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: await answer.json() };
}

describe('POST /relays/<name>', () => {
  it('hands on the body, and says that it was taken', async () => {
    const handed: unknown[] = [];
    send = async (name, body) => {
      handed.push([name, body]);
      return { ok: true };
    };
    expect(await post('open')).toMatchObject({ status: 200, body: { status: 'success' } });
    expect(handed).toEqual([['open', { version: '4' }]]);
  });

  const failed = { ok: false, message: 'the other side answered with status 418' } as const;
  it.each<readonly [string, Delivery | undefined, number, string | null]>([
    ['what is no payload', undefined, 400, null],
    ['what is refused', { ...failed, retry: false, reason: 'client' }, 422, null],
    ['a wrong token', { ...failed, retry: false, reason: 'auth' }, 422, null],
    ['a broken template', { ...failed, retry: false, reason: 'config' }, 422, null],
    ['a limit', { ...failed, retry: true, reason: 'rate-limit', retryAfterMs: 6500 }, 503, '7'],
    ['a failing server', { ...failed, retry: true, reason: 'server' }, 502, null],
    ['a server that says when', { ...failed, retry: true, reason: 'server', retryAfterMs: 9000 }, 502, '9'],
    ['nobody there', { ...failed, retry: true, reason: 'network' }, 502, null],
    ['a secret that cannot be read', { ...failed, retry: true, reason: 'config' }, 503, null],
  ])('answers to %s so that its sender does right', async (_, delivery, status, retryAfter) => {
    send = async () => delivery;
    const answer = await post('open');
    expect(answer).toMatchObject({ status, retryAfter, body: { status: 'error' } });
    if (delivery) expect(answer.body).toEqual({ status: 'error', error: failed.message });
  });

  it('lets in only whom it should, before it reads a body', async () => {
    send = () => Promise.reject(new Error('not to be called'));
    const broken = '{';
    const statuses = [
      await post('guarded', {}, broken),
      await post('guarded', { authorization: 'Bearer wrong' }, broken),
      await post('open', { 'x-forwarded-for': '10.0.0.7' }, broken),
      await post('open', { origin: 'http://evil.example' }, broken),
      await post('none', {}, broken),
      await post('open', { 'content-type': 'text/plain' }, broken),
    ].map(({ status }) => status);
    expect(statuses).toEqual([401, 401, 403, 403, 404, 415]);
  });

  it('lets in who brings the token, also through a proxy', async () => {
    const headers = { authorization: 'Bearer the-token', 'x-forwarded-for': '10.0.0.7' };
    expect((await post('guarded', headers)).status).toBe(200);
  });

  it('takes nothing but POST', async () => {
    const answer = await fetch(`${url}/relays/open`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('bounds the body', async () => {
    const answer = await fetch(`${url}/relays/open`, {
      ...{ method: 'POST', headers: json, body: `{"a":"${'x'.repeat(3 * 1024 * 1024)}"}` },
    });
    expect(answer.status).toBe(413);
  });

  it('stops when its sender goes away', async () => {
    let signal: AbortSignal | undefined;
    send = (_, __, given) => {
      signal = given;
      return new Promise((resolve) => given.addEventListener('abort', () => resolve({ ok: true }), { once: true }));
    };
    const sender = new AbortController();
    const asking = fetch(`${url}/relays/open`, { method: 'POST', headers: json, body: '{}', signal: sender.signal });
    await waitUntil(() => signal !== undefined, { timeoutMs: 5000, what: () => 'the request' });
    sender.abort();
    await expect(asking).rejects.toThrow();
    await waitUntil(() => signal?.aborted === true, { timeoutMs: 5000, what: () => 'the end of the request' });
  });

  it('works on few at once, lets some wait, and sends the rest away', async () => {
    const open: (() => void)[] = [];
    let most = 0;
    send = () => {
      const { promise, resolve } = Promise.withResolvers<Delivery>();
      open.push(() => resolve({ ok: true }));
      most = Math.max(most, open.length);
      return promise;
    };
    const answers: number[] = [];
    const asked = Array.from({ length: 100 }, () => post('open').then(({ status }) => answers.push(status)));
    await waitUntil(() => answers.length === 20, { timeoutMs: 10_000, what: () => `20 of ${answers.length} answers` });
    expect([most, new Set(answers)]).toEqual([16, new Set([503])]);
    await waitUntil(
      () => {
        for (const finish of open.splice(0)) finish();
        return answers.length === 100;
      },
      { timeoutMs: 10_000, what: () => `100 of ${answers.length} answers` },
    );
    expect(answers.filter((status) => status === 200)).toHaveLength(80);
    await Promise.all(asked);
  });
});
