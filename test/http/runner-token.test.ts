import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createRunnerApp } from '../../src/http/app.ts';
import type { RunnerPorts, RunnerTokenAnswer } from '../../src/http/ports.ts';
import { silentLog } from '../../src/lib/log.ts';

type Asked = Parameters<RunnerPorts['token']>[0];

async function serve(answer: RunnerTokenAnswer, reported = 'accepted') {
  const asked: Asked[] = [];
  const reports: (readonly [string | undefined, unknown])[] = [];
  const denied: Parameters<RunnerPorts['deny']>[] = [];
  const runner: RunnerPorts = {
    token: async (request) => {
      asked.push(request);
      return answer;
    },
    report: async (address, body) => {
      reports.push([address, body]);
      return reported;
    },
    deny: (...denial) => void denied.push(denial),
  };
  const app = createRunnerApp({ runner }, silentLog);
  const server = createServer(app).listen(0);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    asked,
    reports,
    denied,
    url,
    post: (path: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
      fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }),
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

const body = JSON.stringify({ kind: 'registration' });

describe('POST /api/v1/runner-token', () => {
  it('hands out what was granted, to nobody in between', async () => {
    await using server = await serve({ outcome: 'granted', data: { kind: 'registration', token: 'A1' } });
    const response = await server.post('/api/v1/runner-token', body, { authorization: 'Bearer the-key' });
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await response.json()).toEqual({ status: 'success', data: { kind: 'registration', token: 'A1' } });
    // A socket for both versions of IP tells the older one's address in the newer one's form.
    expect(server.asked).toEqual([{ address: '127.0.0.1', key: 'the-key', body: { kind: 'registration' } }]);
  });

  it.each([
    ['already-granted', 409],
    ['bad-key', 401],
    ['not-a-runner', 403],
    ['rate-limited', 429],
    ['github-failed', 502],
    ['failed', 503],
  ])('says why not: %s is %i', async (outcome, status) => {
    await using server = await serve({ outcome, reason: 'because', retryAfter: 15 });
    const response = await server.post('/api/v1/runner-token', body);
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, '15']);
    expect(await response.json()).toEqual({ status: 'error', outcome, error: 'because' });
  });

  it.each(['forwarded', 'x-forwarded-for', 'via'])('believes no proxy (%s)', async (header) => {
    await using server = await serve({ outcome: 'granted', data: {} });
    for (const path of ['/api/v1/runner-token', '/api/v1/runner-job']) {
      expect((await server.post(path, body, { [header]: '172.20.0.3' })).status).toBe(403);
    }
    expect([server.asked, server.reports]).toEqual([[], []]);
    expect(server.denied).toEqual(
      ['/api/v1/runner-token', '/api/v1/runner-job'].map((path) => ['forwarded', { address: '127.0.0.1', path }]),
    );
  });

  it('reads no long body', async () => {
    await using server = await serve({ outcome: 'granted', data: {} });
    const response = await server.post('/api/v1/runner-token', JSON.stringify({ kind: 'x'.repeat(20_000) }));
    expect(response.status).toBe(413);
    expect(server.asked).toEqual([]);
  });
});

describe('POST /api/v1/runner-job', () => {
  it.each([
    ['accepted', 202],
    ['not-a-runner', 403],
    ['rate-limited', 429],
    ['malformed', 400],
    ['failed', 503],
  ])('%s is %i', async (outcome, status) => {
    await using server = await serve({ outcome: 'disabled' }, outcome);
    expect((await server.post('/api/v1/runner-job', '{"phase":"started"}')).status).toBe(status);
    expect(server.reports).toEqual([['127.0.0.1', { phase: 'started' }]]);
  });
});

describe("the runners' own address", () => {
  it.each([
    ['GET', '/metrics'],
    ['GET', '/'],
    ['GET', '/probe?target=x'],
    ['POST', '/-/reload'],
    ['GET', '/api/v1/runners'],
    ['POST', '/api/v1/recover'],
    ['GET', '/api/v1/runner-token'],
  ])('serves no %s %s, and tells of it', async (method, path) => {
    await using server = await serve({ outcome: 'granted', data: {} });
    const response = await fetch(`${server.url}${path}`, { method });
    expect([response.status, await response.text()]).toEqual([
      404,
      '404: not found. This address is for runners alone.\n',
    ]);
    expect(server.denied).toEqual([['path', { address: '127.0.0.1', path: `${method} ${path.replace(/\?.*/, '')}` }]]);
  });

  it.each(['/_ping', '/version', '/v1.51/containers/json', '/containers/json'])(
    'tells what asks for Docker why it has none: %s',
    async (path) => {
      await using server = await serve({ outcome: 'granted', data: {} });
      const response = await fetch(`${server.url}${path}`);
      expect(response.status).toBe(403);
      expect(await response.json()).toEqual({ message: expect.stringContaining('this runner has no Docker') });
      expect(server.denied).toEqual([['docker', { address: '127.0.0.1', path: `GET ${path}` }]]);
    },
  );
});
