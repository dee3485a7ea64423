import { linesOf, numberOf, wordsOf } from './part.ts';

interface Backend {
  readonly labels: {
    readonly local_address: string;
    readonly local_port: string;
    readonly local_mark: string;
    readonly remote_address: string;
    readonly remote_port: string;
    readonly proto: string;
  };
  readonly weight: number;
  readonly active: number;
  readonly inactive: number;
}

/** Connections, packets in and out, bytes in and out: the third line of /proc/net/ip_vs_stats, in hex. */
export function parseIpvsStats(text: string): readonly number[] {
  const words = wordsOf(linesOf(text)[2] ?? '');
  return words.length === 5 && words.every((word) => /^[0-9A-F]{1,16}$/i.test(word))
    ? words.map((word) => Number.parseInt(word, 16))
    : [];
}

/**
 * /proc/net/ip_vs: `TCP  C0A80016:0CEA wlc`, below it its backends, `  -> C0A85216:0CEA Tunnel 100 248 2`. A service
 * may be a mark of the firewall instead: `FWM  10001000 wlc`.
 */
export function parseIpvs(text: string): readonly Backend[] {
  const backends: Backend[] = [];
  let service: Service | undefined;
  for (const line of linesOf(text)) {
    const words = wordsOf(line);
    if (protocols.has(words[0] ?? '')) service = serviceOf(words);
    const backend = service && words[0] === '->' ? backendOf(service, words) : undefined;
    if (backend) backends.push(backend);
  }
  return backends;
}

const protocols = new Set(['TCP', 'UDP', 'SCTP', 'FWM']);

type Service = Omit<Backend['labels'], 'remote_address' | 'remote_port'>;

function serviceOf([proto = '', target = '']: readonly string[]): Service | undefined {
  const local = endpointOf(target);
  if (local) return { proto, local_address: local.address, local_port: local.port, local_mark: '' };
  const isMark = proto === 'FWM' && /^[0-9A-F]{8}$/i.test(target);
  return isMark ? { proto, local_address: '', local_port: '0', local_mark: target } : undefined;
}

function backendOf(service: Service, [, target = '', , ...words]: readonly string[]): Backend | undefined {
  const remote = endpointOf(target);
  const [weight, active, inactive] = words.map(numberOf);
  if (!remote || weight === undefined || active === undefined || inactive === undefined) return undefined;
  const labels = { ...service, remote_address: remote.address, remote_port: remote.port };
  return { labels, weight, active, inactive };
}

/** `C0A80016:0CEA`, or `[1000:…:0002]:0CEA`: an address and a port in hex. */
function endpointOf(text: string): { readonly address: string; readonly port: string } | undefined {
  const [, v4, v6, port = ''] =
    /^(?:([0-9A-F]{8})|\[([0-9A-F]{4}(?::[0-9A-F]{4}){7})\]):([0-9A-F]{4})$/i.exec(text) ?? [];
  if (v4 !== undefined) {
    const bytes = v4.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? [];
    return { address: bytes.join('.'), port: String(Number.parseInt(port, 16)) };
  }
  // A URL writes the address in its shortest form, as RFC 5952 wants it.
  const address = v6 === undefined ? undefined : new URL(`http://[${v6}]`).hostname.slice(1, -1);
  return address === undefined ? undefined : { address, port: String(Number.parseInt(port, 16)) };
}
