import type { PeerCertificate, TLSSocket } from 'node:tls';
import { parseTime } from '../../lib/clock.ts';

/** What is told of a TLS connection. Times are seconds since the epoch. */
export interface TlsState {
  /** As `TLS 1.3`. */
  readonly version: string;
  readonly earliestExpiry: number;
  /** Of the chain that was verified; undefined where none was. */
  readonly chainExpiry: number | undefined;
  readonly leaf: LeafCertificate;
}

export interface LeafCertificate {
  /** Lower-case hexadecimal without colons. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  /** DNS names, separated by commas. */
  readonly alternatives: string;
}

/** Undefined where the server showed no certificate. */
export function tlsStateOf(socket: TLSSocket, verified: boolean): TlsState | undefined {
  const leaf = socket.getPeerCertificate(true);
  if (leaf.fingerprint256 === undefined) return undefined;
  const chain = chainOf(leaf);
  const expiries = chain.map(expiryOf);
  // A root at the end comes from our own store: servers do not send theirs.
  const sent = chain.length > 1 && isSelfIssued(chain.at(-1)) ? expiries.slice(0, -1) : expiries;
  return {
    version: (socket.getProtocol() ?? '').replace(/^TLSv1$/, 'TLSv1.0').replace('TLSv', 'TLS '),
    earliestExpiry: Math.min(...sent),
    chainExpiry: verified ? Math.min(...expiries) : undefined,
    leaf: {
      fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
      subject: distinguishedName(leaf.subject),
      issuer: distinguishedName(leaf.issuer),
      alternatives: dnsNames(leaf.subjectaltname ?? ''),
    },
  };
}

type Chained = PeerCertificate & { readonly issuerCertificate?: Chained };

/** From the leaf upwards; the last one is its own issuer. */
function chainOf(leaf: Chained): readonly Chained[] {
  const chain = [leaf];
  for (let next = leaf.issuerCertificate; next && !chain.includes(next); next = next.issuerCertificate)
    chain.push(next);
  return chain;
}

function isSelfIssued(certificate: Chained | undefined): boolean {
  return certificate?.issuerCertificate === certificate;
}

function expiryOf({ valid_to }: PeerCertificate): number {
  return Math.floor(parseTime(certificateTime(valid_to)) / 1000);
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** OpenSSL's `Nov 25 22:19:14 2026 GMT` as RFC 3339, for the clock to read. */
function certificateTime(text: string): string {
  const [, month = '', day = '', time = '', year = ''] = /^(\w{3})\s+(\d+) ([\d:]{8}) (\d{4}) GMT$/.exec(text) ?? [];
  const number = String(months.indexOf(month) + 1).padStart(2, '0');
  return `${year}-${number}-${day.padStart(2, '0')}T${time}Z`;
}

/** The order in which blackbox_exporter's names come out: RFC 2253 turns the certificate's own order round. */
const nameKeys = ['serialNumber', 'CN', 'postalCode', 'street', 'ST', 'L', 'OU', 'O', 'C'] as const;
const nameLabels: Readonly<Record<string, string>> = {
  serialNumber: 'SERIALNUMBER',
  postalCode: 'POSTALCODE',
  street: 'STREET',
};

/** A name by RFC 2253, such as `CN=localhost,O=Example`. */
function distinguishedName(name: object): string {
  const parts = new Map<string, unknown>(Object.entries(name));
  const others = [...parts.keys()].filter((key) => !nameKeys.some((known) => known === key)).reverse();
  return [...nameKeys, ...others]
    .filter((key) => parts.has(key))
    .map((key) => {
      const values = [parts.get(key)].flat().map(String);
      return values.map((value) => `${nameLabels[key] ?? key}=${escaped(value)}`).join('+');
    })
    .join(',');
}

/** RFC 2253, 2.4. */
function escaped(value: string): string {
  return value.replace(/[,+"\\<>;]|^[# ]| $/g, '\\$&');
}

function dnsNames(alternatives: string): string {
  return alternatives
    .split(', ')
    .flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4).replace(/^"|"$/g, '')] : []))
    .join(',');
}
