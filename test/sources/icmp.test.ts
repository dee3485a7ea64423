import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createIcmp } from '../../src/sources/icmp.ts';
import { parsePing } from '../../src/sources/ping-output.ts';
import { createResolver, type Resolver } from '../../src/sources/resolver.ts';
import { needs } from '../support/services.ts';

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
  const none = { stats: undefined, rttMs: undefined, hopLimit: undefined, complaint: undefined };
  it.each([
    ['iputils', iputils, { ...none, stats: { sent: 3, received: 2 }, rttMs: 1.5, hopLimit: 63 }],
    ['BusyBox', busybox, { ...none, stats: { sent: 1, received: 1 }, rttMs: 0.061, hopLimit: 64 }],
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
    expect(reply.rttMs).toBeGreaterThan(0);
    expect(reply.rttMs).toBeLessThan(500);
    expect(reply.hopLimit).toBeGreaterThan(30);
  });

  it('resolves a name first', async () => {
    expect(await icmp.probe('localhost', options, signal)).toMatchObject({ received: 2, failure: undefined });
  });

  it('says that a host does not answer', async () => {
    // Link-local, on the loopback device: nobody is there, and no packet leaves the machine.
    const reply = await icmp.probe('fe80::dead%lo', options, signal);
    expect(reply).toMatchObject({ received: 0, rttMs: undefined, hopLimit: undefined });
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
