import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relayKinds } from '../../../src/alerts/relays/index.ts';
import { createLog } from '../../../src/lib/log.ts';
import { secretFile } from '../../../src/lib/secret.ts';
import { createPeer, type Peer } from '../../support/peer.ts';
import { openRelay } from '../support/relay.ts';

const secret = 'a-secret-that-nobody-may-see';
const stack = new AsyncDisposableStack();
let peer: Peer;

beforeAll(async () => {
  peer = stack.use(await createPeer((response) => response.end()));
});
afterAll(() => stack.disposeAsync());

/** The least that each kind needs, with secrets wherever one may be. */
function configs(url: string): Readonly<Record<string, object>> {
  return {
    dead_mans_switch: { url: `${url}/${secret}` },
    gotify: { server: url, token: secret },
    home_assistant: { url, token: secret, service: 'notify.phone' },
    json: { url: `${url}/${secret}` },
    matrix: { homeserver: url, room_id: '!r:x', access_token: secret },
    ntfy: { server: url, topic: secret, token: secret },
  };
}

const retried = { ok: false, retry: true };
const refused = { ok: false, retry: false };
type Fault = readonly [name: string, answer: (response: ServerResponse) => void, expected: object];

/** What the other side does, repeating what it was told as an echo may, and what follows from it. */
const faults: readonly Fault[] = [
  ['400', (response) => response.writeHead(400).end(secret), { ...refused, reason: 'client' }],
  ['401', (response) => response.writeHead(401).end(secret), { ...refused, reason: 'auth' }],
  ['403', (response) => response.writeHead(403).end(secret), { ...refused, reason: 'auth' }],
  ['404', (response) => response.writeHead(404).end(`<html>${secret}`), { ...refused, reason: 'client' }],
  [
    '429',
    (response) => response.writeHead(429, { 'retry-after': '7' }).end(secret),
    { ...retried, reason: 'rate-limit', retryAfterMs: 7000 },
  ],
  ['500', (response) => response.writeHead(500).end(secret), { ...retried, reason: 'server' }],
  ['a hang', () => undefined, { ...retried, reason: 'network' }],
  ['a reset', (response) => response.destroy(), { ...retried, reason: 'network' }],
  [
    'half an answer',
    (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('ok');
      setImmediate(() => response.destroy());
    },
    { ...retried, reason: 'network' },
  ],
  ['a huge answer', (response) => response.end('x'.repeat(1024 * 1024)), { ...retried, reason: 'network' }],
  [
    'a redirect',
    (response) => response.writeHead(307, { location: `http://127.0.0.1:1/${secret}` }).end(),
    { ...refused, reason: 'client' },
  ],
];

it('every kind is tried', () => {
  expect(relayKinds.map(({ kind }) => kind).sort()).toEqual(Object.keys(configs('')));
});

describe.each(relayKinds.map(({ kind }) => kind))('relay %s', (kind) => {
  const open = (lines: string[]) => {
    const write = (line: string): void => void lines.push(line);
    const log = createLog({ level: 'debug', format: 'json', terminal: false }, { write });
    return openRelay({ timeout: '500ms', [kind]: configs(peer.url)[kind] }, { log });
  };

  it.each(faults)('knows what follows from %s, and tells no secret', async (_, answer, expected) => {
    const lines: string[] = [];
    peer.answer(answer);
    const relay = open(lines);
    const delivery = await relay.send();
    expect(delivery).toMatchObject(expected);
    expect(`${JSON.stringify(delivery)}${lines.join('')}`).not.toContain(secret);
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['notification not relayed']);
    expect(relay.counted).toEqual([(expected as { retry: boolean }).retry ? 'x retry' : 'x refused']);
  });

  it('is not deceived by a page of somebody else', async () => {
    peer.answer((response) => response.end('<html>Welcome to the hotel</html>'));
    // Of these nothing is known but the status.
    const trusts = kind === 'json' || kind === 'dead_mans_switch';
    expect(await open([]).send()).toMatchObject(trusts ? { ok: true } : { ...retried, reason: 'server' });
  });

  it('asks for a retry where nobody answers', async () => {
    const gone = openRelay({ [kind]: configs('http://127.0.0.1:1')[kind] });
    expect(await gone.send()).toMatchObject({ ...retried, reason: 'network' });
  });

  it('ends with its sender', async () => {
    peer.answer(() => undefined);
    const sender = new AbortController();
    const delivery = openRelay({ timeout: '1m', [kind]: configs(peer.url)[kind] }).send(undefined, sender.signal);
    sender.abort(new Error('the sender went away'));
    expect(await delivery).toMatchObject({ ...retried, reason: 'network' });
  });

  it('takes no body but the webhook’s', async () => {
    const relay = openRelay({ [kind]: configs(peer.url)[kind] });
    for (const body of [undefined, null, [], {}, { version: '3' }, { version: '4', alerts: [] }]) {
      expect(await relay.send(body ?? {})).toBeUndefined();
    }
  });
});

it('says which file is missing, and tries again: it may be rotated just now', async () => {
  const relay = openRelay({ gotify: { server: peer.url, token: secretFile('/run/none') } });
  const message = '/run/none does not exist';
  expect(await relay.send()).toEqual({ ...retried, reason: 'config', message });
});
