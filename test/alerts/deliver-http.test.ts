import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createDelivery } from '../../src/alerts/deliver.ts';
import { createDispatcher } from '../../src/alerts/dispatch.ts';
import { loadRouting } from '../../src/alerts/routing.ts';
import { createHttpClient } from '../../src/lib/http.ts';
import { silentLog } from '../../src/lib/log.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createDecisions, type Decision } from '../../src/state/decisions.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { waitUntil } from '../support/wait.ts';
import { alert, start } from './support/house.ts';

const way = { groupKey: '{}:{alertname="A"}', queue: 'team/webhook[0]' };

/** A webhook that is told of one alert at the start; `port` undefined: nobody listens there. */
async function tellOnce(port: number, settings = '') {
  const clock = new FakeClock(start);
  const database = openDatabase(':memory:');
  const webhook = `{ url: "http://127.0.0.1:${port}/secret", ${settings} }`;
  const routing = loadRouting(
    'alertmanager.yml',
    `route: { receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1d, repeat_interval: 30d }
receivers: [{ name: team, webhook_configs: [${webhook}] }]`,
  );
  const receivers = {
    http: createHttpClient(clock),
    ...{ clock, externalURL: 'http://rw/', userAgent: 'runnerwatch/test' },
    readFile: () => Promise.reject(new Error('no file')),
  };
  const counted: string[] = [];
  const counters = { sent: (...parts: readonly (string | undefined)[]) => void counted.push(parts.join(' ').trim()) };
  const common = { database, routing, clock, log: silentLog };
  const delivery = createDelivery({ ...common, receivers, counters, random: () => 1 });
  const dispatcher = createDispatcher({ ...common, delivery });
  dispatcher.accept([alert({ alertname: 'A' })]);
  const ended = new AbortController();
  const running = delivery.run(ended.signal);
  return {
    ...{ clock, counted, delivery },
    async outcome(): Promise<Decision | undefined> {
      const decisions = createDecisions(database);
      await waitUntil(() => decisions.latestOutcome(way) !== undefined, {
        timeoutMs: 10_000,
        what: () => 'an outcome',
      });
      return decisions.latestOutcome(way);
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
      await running;
      database[Symbol.dispose]();
    },
  };
}

async function serve(answer: RequestListener) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    // A request that is cut off is no failure of the test.
    response.on('error', () => undefined);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...{ requests, port: (server.address() as AddressInfo).port },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const headers = (status: number, more: Readonly<Record<string, string>> = {}): RequestListener => {
  return (_, response) => void response.writeHead(status, more).end();
};

const endless: RequestListener = (_, response) => {
  const go = (): void => void (response.write('x'.repeat(16_384)) ? setImmediate(go) : response.once('drain', go));
  response.writeHead(200);
  go();
};

const cut: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-length': '100' }).write('x', () => response.destroy());
};

const later = (seconds: number): string => new Date(start + seconds * 1000).toUTCString();

describe('a webhook that fails', () => {
  it.each<[string, RequestListener, string, string, number]>([
    ['500', headers(500), 'server', 'the webhook answered with status 500', 1],
    ['503 for a while', headers(503, { 'retry-after': '30' }), 'server', 'the webhook answered with status 503', 30],
    ['429', headers(429), 'rate-limit', 'the webhook answered with status 429', 1],
    ['429 with seconds', headers(429, { 'retry-after': '7' }), 'rate-limit', 'the webhook answered with status 429', 7],
    [
      '429 with a date',
      headers(429, { 'retry-after': later(90) }),
      'rate-limit',
      'the webhook answered with status 429',
      90,
    ],
    [
      '429 with a date that is over',
      headers(429, { 'retry-after': later(-90) }),
      'rate-limit',
      'the webhook answered with status 429',
      1,
    ],
    [
      '429 for too long',
      headers(429, { 'retry-after': '86400' }),
      'rate-limit',
      'the webhook answered with status 429',
      3600,
    ],
    ['an answer without end', endless, 'network', 'http://127.0.0.1:PORT answered with more than 65536 bytes', 1],
    ['an answer cut off', cut, 'network', 'http://127.0.0.1:PORT broke off in the middle of its answer', 1],
    ['a redirect to itself', headers(307, { location: '/again' }), 'network', 'could not be reached', 1],
  ])('by %s is tried again', async (_, answer, reason, message, seconds) => {
    await using server = await serve(answer);
    await using told = await tellOnce(server.port);
    const outcome = await told.outcome();
    expect(outcome).toMatchObject({ what: 'retried', same: reason, about: start, until: start + seconds * 1000 });
    expect(outcome?.reason.replaceAll(String(server.port), 'PORT')).toContain(message);
    expect(outcome?.reason).not.toContain('secret');
    expect([told.counted, told.delivery.pending()]).toEqual([['webhook retry'], 1]);
  });

  it('by not listening is tried again', async () => {
    const { port } = await (async () => {
      await using gone = await serve(headers(200));
      return { port: gone.port };
    })();
    await using told = await tellOnce(port);
    const outcome = await told.outcome();
    expect(outcome).toMatchObject({ what: 'retried', same: 'network' });
    expect(outcome?.reason).toContain('ECONNREFUSED');
  });

  it('by not answering is tried again after its time', async () => {
    await using server = await serve(() => undefined);
    await using told = await tellOnce(server.port);
    await waitUntil(() => server.requests.length > 0, { timeoutMs: 10_000, what: () => 'a request' });
    await told.clock.advance(10_000);
    expect(await told.outcome()).toMatchObject({ what: 'retried', same: 'network' });
    expect((await told.outcome())?.reason).toMatch(/did not answer within 10 s$/);
  });

  it.each<[string, RequestListener, string, string]>([
    ['400', headers(400), 'client', ''],
    ['401', headers(401), 'auth', ''],
    ['404 that asks to wait', headers(404, { 'retry-after': '7' }), 'client', ''],
    [
      'a redirect that is not followed',
      headers(302, { location: '/' }),
      'client',
      'http_config: { follow_redirects: false }',
    ],
  ])('by %s is given up at once', async (_, answer, why, settings) => {
    await using server = await serve(answer);
    await using told = await tellOnce(server.port, settings);
    expect(await told.outcome()).toMatchObject({ what: 'given up', same: why, about: start });
    expect([told.counted, told.delivery.pending(), server.requests.length]).toEqual([[`webhook dead ${why}`], 0, 1]);
  });

  it('no more is told once', async () => {
    let count = 0;
    await using server = await serve((request, response) => headers(count++ === 0 ? 500 : 204)(request, response));
    await using told = await tellOnce(server.port);
    await told.outcome();
    await told.clock.advance(1000);
    await waitUntil(() => told.delivery.pending() === 0, { timeoutMs: 10_000, what: () => 'an empty outbox' });
    expect(await told.outcome()).toMatchObject({ what: 'accepted', reason: 'accepted at attempt 2' });
    expect(server.requests).toEqual(['POST /secret', 'POST /secret']);
  });
});
