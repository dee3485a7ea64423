import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { secretFile } from '../../../src/lib/secret.ts';
import { createPeer, type Peer } from '../../support/peer.ts';
import { alert, start } from '../support/house.ts';
import { ended, fired, openRelay, webhookOf } from '../support/relay.ts';

const stack = new AsyncDisposableStack();
let peer: Peer;

beforeAll(async () => {
  peer = stack.use(await createPeer((response) => response.end()));
});
afterAll(() => stack.disposeAsync());
beforeEach(() => (peer.asked as unknown[]).splice(0));

/** What the other side answers when it has taken something. */
function taking(answer: unknown): void {
  peer.answer((response) => response.end(JSON.stringify(answer)));
}

/** The last request: its body as JSON, and of its headers those that were chosen by us. */
function asked() {
  const { method, path, headers, body } = peer.asked.at(-1) ?? { method: '', path: '', headers: {}, body: '' };
  const { host, connection, accept, ...rest } = headers;
  const others = ['accept-language', 'sec-fetch-mode', 'accept-encoding', 'content-length'];
  const ours = Object.fromEntries(Object.entries(rest).filter(([name]) => !others.includes(name)));
  return { method, path, headers: ours, body: body.startsWith('{') ? JSON.parse(body) : body };
}

const json = { 'content-type': 'application/json', 'user-agent': 'runnerwatch/0.1.0' };
const title = '[FIRING:1] RunnerOffline (ci-1 critical)';
const message = 'ci-1 is <offline>.\nGitHub does not see it.';

describe('ntfy', () => {
  const ntfy = (over: object = {}) => openRelay({ ntfy: { server: `${peer.url}/`, topic: 'alerts', ...over } });
  beforeEach(() => taking({ id: 'm1', event: 'message' }));

  it('publishes JSON with a priority and tags by severity', async () => {
    expect(await ntfy({ token: 'tk_secret' }).send()).toEqual({ ok: true });
    expect(asked()).toEqual({
      method: 'POST',
      path: '/',
      headers: { ...json, authorization: 'Bearer tk_secret' },
      body: { topic: 'alerts', title, message, priority: 5, tags: ['rotating_light'], click: 'http://am:9093' },
    });
  });

  it('says quietly that it is over', async () => {
    await ntfy().send(webhookOf(ended));
    expect(asked().body).toMatchObject({
      title: '[RESOLVED] RunnerOffline (ci-1 critical)',
      priority: 3,
      tags: ['white_check_mark'],
    });
    expect(asked().headers).toEqual(json);
  });

  it('takes the gravest of several alerts, and says which of them have ended', async () => {
    const labels = { alertname: 'RunnerOffline', runner: 'ci-2', severity: 'warning' };
    await ntfy().send(webhookOf(alert(labels), ended));
    expect(asked().body).toMatchObject({
      priority: 4,
      message: 'FIRING RunnerOffline\nRESOLVED ci-1 is <offline>.\nGitHub does not see it.',
    });
    await ntfy().send(webhookOf(alert(labels), fired, alert({ ...labels, runner: 'ci-3' })));
    expect(asked().body).toMatchObject({ priority: 5 });
    await ntfy().send(webhookOf(alert({ alertname: 'RunnerOffline' })));
    expect(asked().body).toMatchObject({ priority: 3 });
  });

  it('writes its texts from templates, and takes names of priorities', async () => {
    const texts = { title: '{{ .Status }}', message: '{{ .Receiver }} {{ len .Alerts }}', tags: ' a, ,b ', click: '' };
    await ntfy({ ...texts, priority: 'urgent' }).send();
    const body = { topic: 'alerts', title: 'firing', message: 'my\\.phone 1', priority: 5, tags: ['a', 'b'] };
    expect(asked().body).toEqual(body);
  });

  it('cuts a text by its bytes, so that it is no attachment', async () => {
    await ntfy({ message: 'ä'.repeat(4000) }).send();
    const sent: string = asked().body.message;
    expect(Buffer.byteLength(sent)).toBeLessThanOrEqual(4096);
    expect(sent).toMatch(/^ä{2046}…$/);
  });

  it('refuses a priority that is none', async () => {
    const refused = { ok: false, retry: false, reason: 'config' };
    expect(await ntfy({ priority: '{{ .Status }}' }).send()).toMatchObject(refused);
    expect(peer.asked).toEqual([]);
  });

  it('takes user and password, and the topic from a file', async () => {
    const http_config = { basic_auth: { username: 'ada', password: 'p:w' } };
    const config = { ntfy: { server: peer.url, topic: secretFile('/topic') }, http_config };
    await openRelay(config, { files: { '/topic': 'from-file\n' } }).send();
    expect(asked().headers).toMatchObject({ authorization: `Basic ${Buffer.from('ada:p:w').toString('base64')}` });
    expect(asked().body).toMatchObject({ topic: 'from-file' });
  });
});

describe('Gotify', () => {
  beforeEach(() => taking({ id: 7, appid: 1 }));

  it('posts a message with the token in its own header', async () => {
    const gotify = openRelay({ gotify: { server: `${peer.url}/push`, token: 'app-secret' } });
    expect(await gotify.send()).toEqual({ ok: true });
    expect(asked()).toEqual({
      method: 'POST',
      path: '/push/message',
      headers: { ...json, 'x-gotify-key': 'app-secret' },
      body: { title, message, priority: 8, extras: { 'client::notification': { click: { url: 'http://am:9093' } } } },
    });
  });

  it('leaves Authorization to a proxy before it', async () => {
    const http_config = {
      authorization: { credentials: 'for-the-proxy' },
      http_headers: { 'X-Team': { value: 'ci' } },
    };
    await openRelay({ gotify: { server: peer.url, token: 'app', click: '', priority: '2' }, http_config }).send();
    expect(asked().headers).toEqual({
      ...json,
      ...{ 'x-gotify-key': 'app', authorization: 'Bearer for-the-proxy', 'x-team': 'ci' },
    });
    expect(asked().body).toEqual({ title, message, priority: 2 });
  });
});

describe('Home Assistant', () => {
  const assistant = (over: object) => openRelay({ home_assistant: { url: peer.url, token: 'long-lived', ...over } });
  const headers = { ...json, authorization: 'Bearer long-lived' };

  it('calls a service', async () => {
    taking([]);
    const data = { push: { sound: 'default' }, tag: 'runnerwatch' };
    expect(await assistant({ service: 'notify.mobile_app_phone', data }).send()).toEqual({ ok: true });
    const body = { title, message, data };
    expect(asked()).toEqual({ method: 'POST', path: '/api/services/notify/mobile_app_phone', headers, body });
  });

  it('replaces the persistent notification of the same group', async () => {
    taking([]);
    const relay = assistant({ service: 'persistent_notification.create' });
    await relay.send();
    const { body, path } = asked();
    await relay.send(webhookOf(ended));
    expect(path).toBe('/api/services/persistent_notification/create');
    expect(body).toEqual({ title, message, notification_id: expect.stringMatching(/^runnerwatch_[0-9a-f]{16}$/) });
    expect(asked().body.notification_id).toBe(body.notification_id);
  });

  it('fires an event with the whole payload', async () => {
    taking({ message: 'Event runnerwatch_alert fired.' });
    expect(await assistant({ event: 'runnerwatch_alert' }).send()).toEqual({ ok: true });
    const path = '/api/events/runnerwatch_alert';
    expect(asked()).toEqual({ method: 'POST', path, headers, body: webhookOf(fired) });
  });

  it('calls a webhook, which needs no token', async () => {
    peer.answer((response) => response.end());
    const relay = openRelay({ home_assistant: { url: peer.url, webhook_id: 'a/secret' } });
    expect(await relay.send(webhookOf(ended))).toEqual({ ok: true });
    const path = '/api/webhook/a%2Fsecret';
    expect(asked()).toEqual({ method: 'POST', path, headers: json, body: webhookOf(ended) });
  });
});

describe('Matrix', () => {
  const matrix = (over: object = {}) =>
    openRelay({ matrix: { homeserver: peer.url, room_id: '!r:example.org', access_token: 'syt_secret', ...over } });
  beforeEach(() => taking({ event_id: '$e' }));

  it('puts text and HTML into the room, what is inserted escaped', async () => {
    expect(await matrix().send()).toEqual({ ok: true });
    expect(asked()).toEqual({
      method: 'PUT',
      path: expect.stringMatching(
        /^\/_matrix\/client\/v3\/rooms\/!r%3Aexample\.org\/send\/m\.room\.message\/[0-9a-z-]+$/,
      ),
      headers: { ...json, authorization: 'Bearer syt_secret' },
      body: {
        msgtype: 'm.text',
        body: `${title}\n${message}`,
        format: 'org.matrix.custom.html',
        formatted_body:
          `<p><strong>${title}</strong></p><ul><li>🔥 <strong>RunnerOffline</strong> ci-1 is &lt;offline&gt;.` +
          '<br>GitHub does not see it.</li></ul>',
      },
    });
  });

  it('sends text alone where HTML is not wanted, or would be too long', async () => {
    await matrix({ html: '', msgtype: 'm.notice', message: 'x' }).send();
    expect(asked().body).toEqual({ msgtype: 'm.notice', body: 'x' });
    await matrix({ html: 'y'.repeat(30_000), message: 'x' }).send();
    expect(asked().body).toEqual({ msgtype: 'm.text', body: 'x' });
  });

  it('gives a retry the same transaction, and a repetition another', async () => {
    const relay = matrix();
    peer.answer((response) => response.writeHead(502).end());
    await relay.send();
    await relay.clock.advance(60_000);
    taking({ event_id: '$e' });
    await relay.send();
    await relay.clock.advance(10_000);
    // The sender did not hear that it was taken.
    await relay.send();
    await relay.clock.advance(60 * 60_000);
    await relay.send();
    await relay.send(webhookOf(ended));
    const paths = peer.asked.map(({ path }) => path);
    expect(new Set(paths.slice(0, 3)).size).toBe(1);
    expect(new Set(paths).size).toBe(3);
  });
});

describe('json', () => {
  beforeEach(() => taking({}));

  it('sends the notification data as it is, by default', async () => {
    expect(await openRelay({ json: { url: `${peer.url}/in?key=secret` } }).send()).toEqual({ ok: true });
    const { receiver, status, alerts, groupLabels, commonLabels, commonAnnotations, externalURL } = webhookOf(
      fired,
    ) as Readonly<Record<string, unknown>>;
    const data = { receiver, status, alerts, groupLabels, commonLabels, commonAnnotations, externalURL };
    expect(asked()).toEqual({ method: 'POST', path: '/in?key=secret', headers: json, body: data });
  });

  it('sends what a template makes, by another method, of another type', async () => {
    const body = '{"text": {{ toJson (index .Alerts 0).Annotations.summary }}, "n": {{ len .Alerts }}}';
    await openRelay({ json: { url: peer.url, method: 'PUT', body } }).send();
    expect(asked()).toMatchObject({ method: 'PUT', body: { text: 'ci-1 is <offline>.', n: 1 } });
    await openRelay({
      json: { url: peer.url, content_type: 'text/plain; charset=utf-8', body: '{{ .Status }}!' },
    }).send();
    expect(asked()).toMatchObject({ headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'firing!' });
  });

  it('sends nothing where the template makes no JSON, or fails', async () => {
    const refused = { ok: false, retry: false, reason: 'config' };
    expect(await openRelay({ json: { url: peer.url, body: '{"a": {{ .Status }}}' } }).send()).toMatchObject(refused);
    expect(await openRelay({ json: { url: peer.url, body: '{{ template "none" }}' } }).send()).toMatchObject(refused);
    expect(peer.asked).toEqual([]);
  });
});

describe("a dead man's switch", () => {
  const url = () => `${peer.url}/ping/secret`;
  beforeEach(() => peer.answer((response) => response.end('OK')));

  it('is pinged by what fires, and by nothing else', async () => {
    const relay = openRelay({ dead_mans_switch: { url: url() } });
    expect(await relay.send()).toEqual({ ok: true });
    expect(await relay.send(webhookOf(ended))).toEqual({ ok: true });
    expect(peer.asked).toHaveLength(1);
    const headers = { 'user-agent': 'runnerwatch/0.1.0' };
    expect(asked()).toEqual({ method: 'GET', path: '/ping/secret', headers, body: '' });
  });

  it('is told of a failure where that is wanted', async () => {
    const relay = openRelay({ dead_mans_switch: { url: url(), method: 'POST', fail_on_resolved: true } });
    await relay.send(webhookOf(ended));
    expect(asked()).toMatchObject({ method: 'POST', path: '/ping/secret/fail', body: '' });
  });

  it('is asked again where a ping did not count although the status says so', async () => {
    const relay = openRelay({ dead_mans_switch: { url: url() } });
    peer.answer((response) => response.end('OK (rate limited)'));
    expect(await relay.send()).toMatchObject({ ok: false, retry: true, reason: 'rate-limit' });
    peer.answer((response) => response.end('OK (not found)'));
    expect(await relay.send()).toMatchObject({ ok: false, retry: false, reason: 'client' });
  });
});

it('takes the sender’s word for what fires, whatever the clocks say', async () => {
  taking({});
  const clockBehind = webhookOf({ ...ended, endsAt: start - 1 });
  const relay = openRelay({ json: { url: peer.url, body: '{"s": {{ toJson .Status }}}' } });
  await relay.clock.advance(-3_600_000);
  await relay.send(clockBehind);
  expect(asked().body).toEqual({ s: 'resolved' });
  await relay.clock.advance(48 * 3_600_000);
  await relay.send();
  expect(asked().body).toEqual({ s: 'firing' });
});
