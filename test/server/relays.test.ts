import { readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rfc3339, systemClock } from '../../src/lib/clock.ts';
import { createPeer, type Peer } from '../support/peer.ts';
import { startAlertmanager, temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { needs } from '../support/services.ts';
import { root } from '../support/tree.ts';
import { waitUntil } from '../support/wait.ts';

const hour = 3_600_000;
const token = 'the-token-of-the-relay';

/** An ntfy that is told a phone's messages. */
function createNtfy(): Promise<Peer> {
  return createPeer((response) => response.end('{"id":"m1","event":"message"}'));
}

function routing(relay: string): string {
  return `
route: { receiver: phone, group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers:
  - name: phone
    webhook_configs: [{ url: "${relay}", http_config: { authorization: { credentials: "${token}" } } }]
`;
}

async function fire(alertmanager: string, endsAt = systemClock.now() + hour): Promise<void> {
  const labels = { alertname: 'RunnerOffline', severity: 'critical' };
  const annotations = { summary: 'It is offline.' };
  const times = { startsAt: rfc3339(systemClock.now() - hour), endsAt: rfc3339(endsAt) };
  const answer = await fetch(`${alertmanager}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ labels, annotations, ...times }]),
  });
  expect(answer.status).toBe(200);
}

function toldTo(ntfy: Peer): readonly unknown[] {
  return ntfy.asked.map(({ body }) => {
    if (body === '') return body;
    const { title, message, priority } = JSON.parse(body);
    return [title, message, priority];
  });
}

function untilAsked(ntfy: Peer, count: number): Promise<void> {
  const what = () => `${count} messages among ${JSON.stringify(toldTo(ntfy))}`;
  return waitUntil(() => ntfy.asked.length >= count, { timeoutMs: 20_000, what });
}

function phone(ntfy: Peer) {
  return { phone: { token, ntfy: { server: ntfy.url, topic: 'alerts' } } };
}

/** The YAML of a page that begins with this line, without its indentation. */
function exampleOf(page: string, line: string): string {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  const indent = /^ */.exec(line)?.[0] ?? '';
  const example = text.slice(text.indexOf(`\n${line}\n`) + 1).split('\n');
  const end = example.findIndex((each) => each.trim() === '```');
  return example
    .slice(0, end)
    .map((each) => each.slice(indent.length))
    .join('\n');
}

const story = [
  ['[FIRING:1]  (RunnerOffline critical)', 'It is offline.', 5],
  ['[FIRING:1]  (RunnerOffline critical)', 'It is offline.', 5],
  ['[RESOLVED]  (RunnerOffline critical)', 'It is offline.', 3],
];

/** One message is refused for the moment and tried again, another tells the end. */
async function tellStory(alertmanager: string, ntfy: Peer): Promise<void> {
  ntfy.answer((response) => response.writeHead(429, { 'retry-after': '1' }).end('{}'));
  await fire(alertmanager);
  await untilAsked(ntfy, 1);
  ntfy.answer((response) => response.end('{"id":"m1","event":"message"}'));
  await untilAsked(ntfy, 2);
  await fire(alertmanager, systemClock.now() - 1);
  await untilAsked(ntfy, 3);
}

describe('a relay', () => {
  it('hands on what the embedded routing tells, tried again where it has to', { timeout: 60_000 }, async () => {
    await using stack = new AsyncDisposableStack();
    const ntfy = stack.use(await createNtfy());
    const folder = stack.use(temporaryFolder());
    const config_file = join(folder.path, 'alertmanager.yml');
    const settings = { rules: { files: [] }, relays: phone(ntfy) };
    const rw = stack.use(await startServer({ settings }));
    writeFileSync(config_file, routing(`${rw.url}/relays/phone`));
    rw.configure({ ...settings, listen: new URL(rw.url).host, alertmanager: { config_file } });
    expect(await rw.reload()).toEqual({ ok: true });
    await tellStory(rw.url, ntfy);
    expect(toldTo(ntfy)).toEqual(story);
    const metrics = await rw.metrics();
    const counted = (outcome: string) =>
      seriesValue(metrics, `runnerwatch_relayed_notifications_total{relay="phone",outcome="${outcome}"}`);
    expect([counted('success'), counted('retry')]).toEqual([2, 1]);
  });

  it("pings a dead man's switch as long as alerts are evaluated, told and sent", { timeout: 60_000 }, async () => {
    await using stack = new AsyncDisposableStack();
    const outside = stack.use(await createPeer((response) => response.end('OK')));
    const folder = stack.use(temporaryFolder({ url: `${outside.url}/ping/secret\n` }));
    const config_file = join(folder.path, 'alertmanager.yml');
    const relays = { watchdog: { dead_mans_switch: { url_file: join(folder.path, 'url') } } };
    const settings = { rules: { evaluation_interval: '1s' }, relays };
    const rw = stack.use(await startServer({ settings }));
    const route = exampleOf('relays.md', '   route:')
      .replace('http://127.0.0.1:9478', rw.url)
      .replace('1m', '1s')
      .replace('50s', '200ms');
    writeFileSync(config_file, route.replace('route:', 'route:\n  receiver: watchdog'));
    rw.configure({ ...settings, listen: new URL(rw.url).host, alertmanager: { config_file } });
    expect(await rw.reload()).toEqual({ ok: true });
    await untilAsked(outside, 3);
    expect(new Set(outside.asked.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set(['GET /ping/secret']),
    );
  });

  it('is reached by this machine under its own address as well', async () => {
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const own = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
    await using stack = new AsyncDisposableStack();
    const ntfy = stack.use(await createNtfy());
    const relays = { phone: { ntfy: { server: ntfy.url, topic: 'alerts' } } };
    const rw = stack.use(await startServer({ settings: { listen: '0.0.0.0:0', rules: { enabled: false }, relays } }));
    const answer = await fetch(`http://${own}:${new URL(rw.url).port}/relays/phone`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' },
    });
    expect(answer.status).toBe(400);
  });

  it.skipIf(needs('alertmanager'))('hands on what a real Alertmanager tells', { timeout: 60_000 }, async () => {
    await using stack = new AsyncDisposableStack();
    const ntfy = stack.use(await createNtfy());
    const settings = { rules: { enabled: false }, relays: phone(ntfy) };
    const rw = stack.use(await startServer({ settings }));
    const real = stack.use(await startAlertmanager({ configText: routing(`${rw.url}/relays/phone`) }));
    await tellStory(real.url, ntfy);
    expect(toldTo(ntfy)).toEqual(story);
  });
});
