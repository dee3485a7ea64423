import { type AnyProbe, bindProbes } from '../collectors/modules.ts';
import { splitHostPort } from '../sources/probes/address.ts';
import type { Config } from './schema.ts';

/** A host that is named in the configuration, and by what it is reached. */
export interface Destination {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** A host name or an IP address, without brackets. */
  readonly host: string;
  /** Undefined for icmp. */
  readonly port: number | undefined;
}

/** Where the targets' probes go, each once: what a firewall in front of the runners has to let through. */
export function destinationsOf({ targets, modules }: Pick<Config, 'targets' | 'modules'>): readonly Destination[] {
  const found = bindProbes(targets, modules).flatMap((probe) => destinationOf(probe) ?? []);
  return [...new Map(found.map((each) => [`${each.protocol} ${each.host} ${each.port}`, each])).values()];
}

function destinationOf(probe: AnyProbe): Destination | undefined {
  const { prober, address } = probe;
  if (prober === 'icmp') return { protocol: 'icmp', host: address, port: undefined };
  if (prober === 'ssh') return { protocol: 'tcp', host: address, port: probe.settings.port };
  if (prober === 'http') return ofUrl(address);
  const standard = prober === 'dns' && probe.settings.dns_over_tls ? 853 : 53;
  const { host, port = standard } = splitHostPort(address) ?? {};
  const protocol = prober === 'dns' && !probe.settings.dns_over_tls ? probe.settings.transport_protocol : 'tcp';
  return host === undefined ? undefined : { protocol, host, port };
}

function ofUrl(address: string): Destination {
  const { hostname, port, protocol } = new URL(/^https?:\/\//i.test(address) ? address : `http://${address}`);
  const standard = protocol === 'https:' ? 443 : 80;
  return { protocol: 'tcp', host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) || standard };
}
