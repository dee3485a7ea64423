import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createIcmp } from '../../src/sources/icmp.ts';
import { parsePing } from '../../src/sources/ping-output.ts';
import { createResolver, type Resolver } from '../../src/sources/resolver.ts';
import { temporaryFolder } from '../support/processes.ts';
import { needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';

const iputils = `PING 10.0.0.9 (10.0.0.9) 56(84) bytes of data.
64 bytes from 10.0.0.9: icmp_seq=1 ttl=63 time=1.00 ms
64 bytes from 10.0.0.9: icmp_seq=2 ttl=63 time=2.00 ms

--- 10.0.0.9 ping statistics ---
3 packets transmitted, 2 received, 33.3333% packet loss, time 402ms
rtt min/avg/max/mdev = 1.000/1.500/2.000/0.500 ms
`;
const busybox = `PING ::1 (::1): 56 data bytes
64 bytes from ::1: seq=0 ttl=64 time=0.061 ms

--- ::1 ping statistics ---
1 packets transmitted, 1 packets received, 0% packet loss
round-trip min/avg/max = 0.061/0.061/0.061 ms
`;
const silent = `PING 10.0.0.9 (10.0.0.9) 56(84) bytes of data.

--- 10.0.0.9 ping statistics ---
3 packets transmitted, 0 received, 100% packet loss, time 402ms
`;
const noHost = `PING 10.0.0.9 (10.0.0.9) 56(84) bytes of data.
From 10.0.0.1 icmp_seq=1 Destination Host Unreachable

--- 10.0.0.9 ping statistics ---
3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 402ms
`;

describe('parsePing', () => {
  const none = { stats: undefined, rttsMs: [], hopLimit: undefined, complaint: undefined };
  it.each([
    ['iputils', iputils, { ...none, stats: { sent: 3, received: 2 }, rttsMs: [1, 2], hopLimit: 63 }],
    ['BusyBox', busybox, { ...none, stats: { sent: 1, received: 1 }, rttsMs: [0.061], hopLimit: 64 }],
    ['no answer', silent, { ...none, stats: { sent: 3, received: 0 } }],
    ['no host', noHost, { ...none, stats: { sent: 3, received: 0 }, complaint: 'unreachable' }],
    ['no route', 'ping: connect: Network is unreachable\n', { ...none, complaint: 'unreachable' }],
    ['no right', 'ping: socket: Operation not permitted\n', { ...none, complaint: 'forbidden' }],
    ['nothing', '', none],
  ])('reads %s', (_, text, expected) => {
    expect(parsePing(text)).toEqual(expected);
  });
});

const { signal } = new AbortController();
const options = { count: 2, timeoutMs: 1_000 };

describe.skipIf(needs('ping'))('createIcmp with the real ping', () => {
  const icmp = createIcmp({ clock: systemClock, resolver: createResolver(systemClock) });

  it('measures a host that answers', async () => {
    const reply = await icmp.probe('127.0.0.1', options, signal);
    expect(reply).toMatchObject({ protocol: 4, sent: 2, received: 2, failure: undefined });
    expect(reply.rttsMs).toHaveLength(2);
    expect(Math.min(...reply.rttsMs)).toBeGreaterThan(0);
    expect(Math.max(...reply.rttsMs)).toBeLessThan(500);
    expect(reply.hopLimit).toBeGreaterThan(30);
  });

  it('resolves a name first', async () => {
    expect(await icmp.probe('localhost', options, signal)).toMatchObject({ received: 2, failure: undefined });
  });

  it('says that a host does not answer', async () => {
    // Link-local, on the loopback device: nobody is there, and no packet leaves the machine.
    const reply = await icmp.probe('fe80::dead%lo', options, signal);
    expect(reply).toMatchObject({ received: 0, rttsMs: [], hopLimit: undefined });
    expect(['timeout', 'unreachable']).toContain(reply.failure);
  });

  it('says that a name does not resolve', async () => {
    const resolver: Resolver = { lookup: () => Promise.reject(new Error('ENOTFOUND')) };
    const reply = await createIcmp({ clock: systemClock, resolver }).probe('nowhere.invalid', options, signal);
    expect(reply).toMatchObject({ failure: 'dns', protocol: undefined, sent: 0 });
  });

  it('takes an address that ping refuses for unreachable', async () => {
    expect(await icmp.probe('255.255.255.255', options, signal)).toMatchObject({ failure: 'unreachable', sent: 0 });
  });

  it('fails where ping is missing', async () => {
    const path = process.env.PATH;
    process.env.PATH = '/nowhere';
    try {
      await expect(icmp.probe('127.0.0.1', options, signal)).rejects.toThrow('the command ping cannot be run');
    } finally {
      process.env.PATH = path;
    }
  });
});

describe.skipIf(needs('fping'))('createIcmp with the real fping', () => {
  const icmp = createIcmp({ clock: systemClock, resolver: createResolver(systemClock) });
  const budget = { budgetMs: 30_000 };

  it('measures 1,000 hosts within seconds, with few processes', async () => {
    expect(await icmp.hasFping(signal)).toBe(true);
    const requests = Array.from({ length: 1000 }, (_, index) => ({
      ...{ address: `127.0.${1 + (index >> 8)}.${index & 255}`, count: 3, timeoutMs: 1_000 },
    }));
    const start = performance.now();
    const round = icmp.probeMany(requests, budget, signal);
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, childrenOf(process.pid));
    }, 50);
    const replies = await round.finally(() => clearInterval(watch));
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(replies.filter((reply) => reply?.received === 3 && reply.failure === undefined)).toHaveLength(1000);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('asks IPv4 and IPv6, names, sizes and hop limits in one round, and keeps the order', async () => {
    const [first, second] = [options, { ...options, payloadSize: 100, ttl: 3 }];
    const requests = [
      { ...first, address: '::1' },
      { ...second, address: '127.0.0.1' },
      { ...first, address: 'nowhere.invalid' },
      { ...first, address: '::1' },
      { ...first, address: '255.255.255.255' },
    ];
    const replies = await icmp.probeMany(requests, budget, signal);
    expect(replies.map((reply) => reply?.protocol)).toEqual([6, 4, undefined, 6, 4]);
    expect(replies.map((reply) => reply?.received)).toEqual([2, 2, 0, 2, 0]);
    expect(replies.map((reply) => reply?.failure)).toEqual([undefined, undefined, 'dns', undefined, 'timeout']);
  });

  it('leaves out what there is no time for', async () => {
    const late = [{ ...options, address: '127.0.0.1' }];
    expect(await icmp.probeMany(late, { budgetMs: 1_000 }, signal)).toEqual([undefined]);
  });

  it('ends the process with the signal', async () => {
    const cut = new AbortController();
    const round = icmp.probeMany([{ address: '127.0.0.1', count: 20, timeoutMs: 1_000 }], budget, cut.signal);
    setTimeout(() => cut.abort(new Error('stopped')), 300);
    await expect(round).rejects.toThrow('stopped');
    await waitUntil(() => childrenOf(process.pid) === 0, { timeoutMs: 2_000, what: () => 'fping is still there' });
  });

  it('is not used where it is missing, or cannot send', async () => {
    const path = process.env.PATH;
    using folder = temporaryFolder({ fping: '#!/bin/sh\necho "fping: must run as root?" >&2\nexit 4\n' });
    chmodSync(`${folder.path}/fping`, 0o755);
    try {
      for (const place of ['/nowhere', folder.path]) {
        process.env.PATH = place;
        const other = createIcmp({ clock: systemClock, resolver: createResolver(systemClock) });
        expect(await other.hasFping(signal)).toBe(false);
      }
      await expect(icmp.probeMany([{ ...options, address: '127.0.0.1' }], budget, signal)).rejects.toThrow(
        'must run as root',
      );
    } finally {
      process.env.PATH = path;
    }
  });
});

/** How many processes named fping this one has. */
function childrenOf(pid: number): number {
  const children = readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' '))
    .filter((child) => child !== '');
  return children.filter((child) => commOf(child) === 'fping').length;
}

function commOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}
