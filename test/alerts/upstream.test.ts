import { describe, expect, it } from 'vitest';
import { createUpstreams } from '../../src/alerts/upstream.ts';
import { Upstreams } from '../../src/alerts/upstream-config.ts';
import { createUpstreamQueue } from '../../src/alerts/upstream-queue.ts';
import type { HttpRequest } from '../../src/lib/http.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Alert } from '../../src/model/alert.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { alert, resolved, start } from './support/house.ts';

interface Call {
  readonly at: number;
  readonly url: string;
  readonly alerts: readonly { readonly labels: { readonly alertname: string }; readonly endsAt: string }[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Alertmanagers that answer with the statuses in turn, the last again and again. */
function open(configs: unknown, statuses: readonly number[] = [200], limit?: number) {
  const clock = new FakeClock(start);
  const calls: Call[] = [];
  const http = async (url: string, { body = '', headers = {} }: HttpRequest) => {
    const status = statuses[Math.min(calls.length, statuses.length - 1)] ?? 200;
    calls.push({ at: (clock.now() - start) / 1000, url, alerts: JSON.parse(body), headers });
    return { status, headers: new Headers(), text: '' };
  };
  const readFile = async (path: string): Promise<string> => `from ${path}`;
  const receivers = { http, clock, externalURL: 'http://rw/', userAgent: 'runnerwatch/test', readFile };
  const parts = { receivers, log: silentLog, random: () => 1, ...(limit === undefined ? {} : { limit }) };
  const upstreams = createUpstreams(Upstreams.parse(configs), parts);
  const ended = new AbortController();
  const running = upstreams.run(ended.signal);
  async function stop(): Promise<void> {
    ended.abort();
    await running;
  }
  return { clock, calls, upstreams, stop };
}

const one = [{ url: 'http://a:9093/prefix/' }];
const a = { alertname: 'A' };

function names({ alerts }: Call): string {
  return alerts.map(({ labels }) => labels.alertname).join();
}

describe('alerts for real Alertmanagers', () => {
  it('go to each of them, as they are, with its own credentials', async () => {
    const { clock, calls, upstreams, stop } = open([
      ...one,
      { url: 'http://b', basic_auth: { username: 'me', password: 'p' } },
      { url: 'http://c', authorization: { credentials: 't' } },
    ]);
    upstreams.accept([alert(a, { annotations: { summary: 's' } })]);
    await clock.advance(0);
    await stop();
    expect(calls.map(({ url, headers }) => [url, headers.authorization]).sort()).toEqual([
      ['http://a:9093/prefix/api/v2/alerts', undefined],
      ['http://b/api/v2/alerts', `Basic ${btoa('me:p')}`],
      ['http://c/api/v2/alerts', 'Bearer t'],
    ]);
    const times = { startsAt: '2026-01-01T00:00:00.000Z', endsAt: '2026-01-02T00:00:00.000Z' };
    expect(calls[0]?.alerts).toEqual([
      { labels: a, annotations: { summary: 's' }, ...times, generatorURL: 'http://g/' },
    ]);
  });

  it('are tried again where it fails, with what came meanwhile, the end after the fire', async () => {
    const { clock, calls, upstreams, stop } = open(one, [500, 429, 200]);
    upstreams.accept([alert(a)]);
    await clock.advance(0);
    await clock.advance(500);
    upstreams.accept([alert({ alertname: 'B' }), alert(a, { annotations: { again: 'yes' } })]);
    upstreams.accept([resolved(a, clock.now())]);
    await clock.advance(10_000);
    expect(calls.map((call) => [call.at, names(call)])).toEqual([
      [0, 'A'],
      [1, 'B,A,A'],
      [3, 'B,A,A'],
    ]);
    expect(calls[2]?.alerts.at(-1)?.endsAt).toBe('2026-01-01T00:00:00.500Z');
    expect(upstreams.stats()).toEqual([{ alertmanager: one[0]?.url, sent: 3, failed: 4, dropped: 0, queued: 0 }]);
    await stop();
  });

  it('are dropped and counted where it refuses them', async () => {
    const { clock, calls, upstreams, stop } = open(one, [400]);
    upstreams.accept([alert(a)]);
    await clock.advance(60_000);
    expect([calls.length, upstreams.stats()[0]]).toMatchObject([1, { sent: 0, failed: 1, dropped: 1, queued: 0 }]);
    await stop();
  });

  it('go in batches, and the oldest give way where too many wait', async () => {
    const { clock, calls, upstreams, stop } = open(one, [200], 300);
    upstreams.accept(Array.from({ length: 301 }, (_, index) => alert({ alertname: String(index) })));
    await clock.advance(0);
    expect(calls.map(({ alerts }) => alerts.length)).toEqual([256, 44]);
    expect(calls[0]?.alerts[0]?.labels.alertname).toBe('1');
    expect(upstreams.stats()).toMatchObject([{ sent: 300, dropped: 1 }]);
    await stop();
  });

  it.each([
    ['two ways to log in', [{ url: 'http://a', basic_auth: { username: 'x' }, authorization: { credentials: 'y' } }]],
    ['a URL with credentials', [{ url: 'http://a:b@c' }]],
    ['a URL twice', [...one, ...one]],
    ['a certificate without its key', [{ url: 'https://a', tls_config: { cert_file: '/x' } }]],
  ])('are not configured with %s', (_, configs) => {
    expect(Upstreams.safeParse(configs).success).toBe(false);
  });
});

describe('the queue', () => {
  it('does not put back what was said anew meanwhile', () => {
    const queue = createUpstreamQueue(10);
    queue.put([alert(a)], start);
    const taken = queue.take(5);
    const newer: Alert = alert(a, { annotations: { newer: 'yes' } });
    queue.put([newer], start);
    expect([queue.putBack(taken), queue.take(5).map(({ alert: each }) => each)]).toEqual([0, [newer]]);
  });
});
