import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { receiverKinds } from '../../src/alerts/receivers/index.ts';
import type { Delivery } from '../../src/alerts/receivers/receiver.ts';
import type { HttpClient } from '../../src/lib/http.ts';
import type { Notification } from '../../src/model/alert.ts';
import { toolsWith } from '../alerts/support/tools.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { root } from '../support/tree.ts';

const secret = 'a-secret-that-nobody-may-see';

/** The least that each kind needs; a kind without a line here has no contract. */
const examples: Readonly<Record<string, unknown>> = {
  discord: { webhook_url: `https://receiver.example/hook/${secret}` },
  email: { to: 'team@receiver.example', from: 'us@receiver.example', smarthost: '127.0.0.1:1', auth_password: secret },
  msteamsv2: { webhook_url: `https://receiver.example/hook/${secret}` },
  pushover: { user_key: secret, token: secret },
  slack: { api_url: `https://receiver.example/hook/${secret}` },
  telegram: { bot_token: secret, chat_id: 1 },
  webhook: { url: `https://receiver.example/hook/${secret}`, http_config: { authorization: { credentials: secret } } },
};

const clock = new FakeClock();
const alert = {
  fingerprint: '0123456789abcdef',
  labels: { alertname: 'RunnerOffline', runner: 'ci-1' },
  annotations: { summary: 'It is offline.' },
  startsAt: clock.now(),
  endsAt: clock.now() + 60_000,
  updatedAt: clock.now(),
  generatorURL: '',
};
const notification: Notification = {
  groupKey: '{}:{alertname="RunnerOffline"}',
  receiver: 'people',
  groupLabels: { alertname: 'RunnerOffline' },
  alerts: [alert],
  at: clock.now(),
  truncatedAlerts: 0,
};

/** What each of them answers when it has taken a message; nothing where only the status counts. */
const taken: Readonly<Record<string, string>> = { slack: 'ok', telegram: '{"ok":true}' };

/** A client whose every answer has this status. */
function answering(status: number, headers: Readonly<Record<string, string>> = {}, text = ''): HttpClient {
  return () => Promise.resolve({ status, headers: new Headers(headers), text });
}

/** What fetch gives to the receiver: 2xx, and everything that is not followed or is an error. */
const statuses = Array.from({ length: 400 }, (_, index) => 200 + index);

function isRetried(status: number): boolean {
  return status === 429 || status >= 500;
}

it('every kind has an example', () => {
  expect(receiverKinds.map(({ kind }) => kind).sort()).toEqual(Object.keys(examples).sort());
});

describe.each(receiverKinds.map((receiver) => [receiver.kind, receiver] as const))('receiver %s', (kind, receiver) => {
  const config = receiver.config.parse(examples[kind]);
  const send = (http: HttpClient, signal = new AbortController().signal): Promise<Delivery> =>
    receiver.send(toolsWith(http, { clock }), config, notification, signal);

  it('is named like its file', () => {
    expect(existsSync(join(root, `src/alerts/receivers/${kind}.ts`))).toBe(true);
  });

  it('says in one sentence what it does', () => {
    expect(receiver.help).toMatch(/^[A-Z].*\.$/);
  });

  it('refuses an empty configuration, and a key that it does not know', () => {
    const empty = receiver.config.safeParse({});
    const missing = empty.success ? receiver.complete?.(empty.data, {}) : 'it does not even fit';
    expect(missing).toEqual(expect.any(String));
    expect(receiver.config.safeParse({ ...(examples[kind] as object), colour: 'red' }).success).toBe(false);
  });

  // Mail goes by SMTP; test/alerts/receivers/email.test.ts has its failures.
  if (kind === 'email') return;

  it('takes every 2xx for delivered, and asks for a retry of 429 and 5xx alone', async () => {
    const results = await Promise.all(statuses.map((status) => send(answering(status, {}, taken[kind]))));
    const wrong = statuses.filter((status, index) => {
      const result = results[index];
      if (status < 300) return result?.ok !== true;
      return result?.ok !== false || result.retry !== isRetried(status);
    });
    expect(wrong).toEqual([]);
  });

  it.each([429, 503])('passes on how long %i asks to wait', async (status) => {
    expect(await send(answering(status, { 'retry-after': '7' }))).toMatchObject({ retryAfterMs: 7000 });
  });

  it('asks for a retry where nobody answers', async () => {
    const unreachable = () => Promise.reject(new Error('https://receiver.example could not be reached'));
    expect(await send(unreachable)).toMatchObject({ ok: false, retry: true, reason: 'network' });
  });

  it('bounds its call in time and size, and passes on the cancel', async () => {
    const { signal } = new AbortController();
    const result = await send((_, request) => {
      expect(request.timeoutMs).toBeGreaterThan(0);
      expect(request.maxBytes).toBeLessThanOrEqual(1024 * 1024);
      expect(request.signal).toBe(signal);
      return answering(204, {}, taken[kind])('', request);
    }, signal);
    expect(result).toEqual({ ok: true });
  });

  it('shows no secret in what it says of a failure', async () => {
    const failures = await Promise.all([302, 401, 404, 429, 500].map((status) => send(answering(status))));
    expect(JSON.stringify(failures)).not.toContain(secret);
  });
});
