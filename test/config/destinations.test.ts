import { describe, expect, it } from 'vitest';
import { destinationsOf } from '../../src/config/destinations.ts';
import { Settings } from '../../src/config/schema.ts';

const lines = (settings: object): readonly string[] =>
  destinationsOf(Settings.parse(settings)).map(({ protocol, host, port }) => [protocol, host, port].join(' '));

const of = (...modules: readonly unknown[]) => lines({ targets: [{ name: 'a', address: '192.168.1.155', modules }] });

describe('destinationsOf', () => {
  it.each([
    ['icmp', 'icmp 192.168.1.155 '],
    ['ssh', 'tcp 192.168.1.155 22'],
    ['http_2xx', 'tcp 192.168.1.155 80'],
    [{ module: 'http_2xx', address: 'https://nas.lan/' }, 'tcp nas.lan 443'],
    [{ module: 'http_2xx', address: 'http://192.168.1.155:8123/' }, 'tcp 192.168.1.155 8123'],
    [{ module: 'http_2xx', address: 'https://[fd00::5]:8006/' }, 'tcp fd00::5 8006'],
    [{ module: 'tcp_connect', address: 'nas:445' }, 'tcp nas 445'],
    [{ module: 'tcp_connect', address: '[fd00::5]:25' }, 'tcp fd00::5 25'],
  ])('knows where %j goes', (use, expected) => {
    expect(of(use)).toEqual([expected]);
  });

  it.each([
    [{ query_name: 'x' }, 'udp 192.168.1.1 53'],
    [{ query_name: 'x', transport_protocol: 'tcp' }, 'tcp 192.168.1.1 53'],
    [{ query_name: 'x', transport_protocol: 'tcp', dns_over_tls: true }, 'tcp 192.168.1.1 853'],
  ])('knows how a nameserver is asked: %j', (dns, expected) => {
    const targets = [{ name: 'gateway', address: '192.168.1.1', modules: ['ask'] }];
    expect(lines({ targets, modules: { ask: { prober: 'dns', dns } } })).toEqual([expected]);
  });

  it("takes the target's own SSH port", () => {
    const targets = [{ name: 'a', address: 'nas', modules: ['ssh'], ssh: { port: 2222 } }];
    expect(lines({ targets })).toEqual(['tcp nas 2222']);
  });

  it('names each once', () => {
    const targets = ['a', 'b'].map((name) => ({ name, address: 'nas', modules: ['icmp', 'ssh'] }));
    expect(lines({ targets })).toEqual(['icmp nas ', 'tcp nas 22']);
  });
});
