import type { Answer } from 'dns-packet';

/**
 * A resource record as zone files have it (RFC 1035, 5.1), with tabs between its parts, as blackbox_exporter's
 * expressions expect it: `example.com.\t300\tIN\tA\t192.0.2.1`.
 */
export function recordText(record: Answer): string {
  if (record.type === 'OPT') return `; EDNS: version ${record.ednsVersion}; udp: ${record.udpPayloadSize}`;
  const { name, ttl = 0, class: of = 'IN', type } = record;
  return [dotted(name), ttl, of, type, dataText(record)].join('\t');
}

function dotted(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}

function dataText(record: Exclude<Answer, { type: 'OPT' }>): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return record.data;
    case 'CNAME':
    case 'DNAME':
    case 'NS':
    case 'PTR':
      return dotted(record.data);
    case 'MX':
      return `${record.data.preference ?? 0} ${dotted(record.data.exchange)}`;
    case 'TXT':
      return [record.data].flat().map(quoted).join(' ');
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = record.data;
      return `${priority} ${weight} ${port} ${dotted(target)}`;
    }
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
      return [dotted(mname), dotted(rname), serial, refresh, retry, expire, minimum].join(' ');
    }
    case 'CAA':
      return `${record.data.flags ?? 0} ${record.data.tag} ${quoted(record.data.value)}`;
    case 'HINFO':
      return `${quoted(record.data.cpu)} ${quoted(record.data.os)}`;
    case 'RP':
      return `${dotted(record.data.mbox)} ${dotted(record.data.txt)}`;
    case 'NAPTR': {
      const { order, preference, flags, services, regexp, replacement } = record.data;
      return [order, preference, quoted(flags), quoted(services), quoted(regexp), dotted(replacement)].join(' ');
    }
    case 'DS': {
      const { keyTag, algorithm, digestType, digest } = record.data;
      return `${keyTag} ${algorithm} ${digestType} ${digest.toString('hex').toUpperCase()}`;
    }
    case 'DNSKEY':
      return `${record.data.flags} 3 ${record.data.algorithm} ${record.data.key.toString('base64')}`;
    case 'SSHFP':
      return `${record.data.algorithm} ${record.data.hash} ${record.data.fingerprint.toUpperCase()}`;
    case 'TLSA': {
      const { usage, selector, matchingType, certificate } = record.data;
      return `${usage} ${selector} ${matchingType} ${certificate.toString('hex')}`;
    }
    default:
      return unknownText(record.data);
  }
}

function quoted(text: string | Buffer): string {
  return `"${String(text).replace(/["\\]/g, '\\$&')}"`;
}

/** RFC 3597, 5: what nobody knows how to print. */
function unknownText(data: unknown): string {
  return Buffer.isBuffer(data) ? `\\# ${data.length} ${data.toString('hex')}` : JSON.stringify(data);
}
