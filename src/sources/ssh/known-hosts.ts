import { createHash, createHmac } from 'node:crypto';
import type { HostKey } from '../../model/host-key.ts';

/** What a known_hosts file says of one host. */
export interface KnownHost {
  readonly keys: readonly HostKey[];
  /** Keys that are never to be trusted again. */
  readonly revoked: readonly HostKey[];
}

/** As known_hosts names a host: brackets and port where it is not the usual one. */
export function hostName(address: string, port: number): string {
  return port === 22 ? address : `[${address}]:${port}`;
}

/**
 * The host's lines of a known_hosts file, hashed ones too (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). What cannot be read
 * is left out, as OpenSSH does; certificate authorities as well, since no certificate is asked for.
 */
export function findKnownHost(text: string, host: string): KnownHost {
  const keys: HostKey[] = [];
  const revoked: HostKey[] = [];
  for (const line of text.split('\n')) {
    const found = /^\s*(?:(@[a-z-]+)\s+)?([^\s#@]\S*)\s+(\S+\s+\S+)/.exec(line);
    const [, marker, names = '', text = ''] = found ?? [];
    const key = parsePublicKey(text);
    if (!key || !namesHost(names, host)) continue;
    if (marker === '@revoked') revoked.push(key);
    else if (marker === undefined) keys.push(key);
  }
  return { keys, revoked };
}

/** `ssh-ed25519 AAAA…`, as a line of known_hosts or a `.pub` file has it; undefined where the text is none. */
export function parsePublicKey(text: string): HostKey | undefined {
  const [, type = '', base64 = ''] = /^([a-z0-9@.-]+)\s+([A-Za-z0-9+/]+={0,2})(?:\s|$)/.exec(text) ?? [];
  const key = hostKeyOf(Buffer.from(base64, 'base64'));
  return key.type === type && type !== '' ? key : undefined;
}

/** The key's blob begins with its type as a length-prefixed string (RFC 4253, 6.6). */
export function hostKeyOf(blob: Buffer): HostKey {
  const length = blob.length >= 4 ? Math.min(blob.readUInt32BE(0), 64) : 0;
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  const type = blob.toString('latin1', 4, 4 + length).replace(/[^\x20-\x7e]/g, ' ');
  return { type, fingerprint: `SHA256:${digest}` };
}

function namesHost(names: string, host: string): boolean {
  const hashed = /^\|1\|([^|]+)\|([^|]+)$/.exec(names);
  if (hashed) {
    const [, salt = '', hash = ''] = hashed;
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(host).digest('base64') === hash;
  }
  const patterns = names.toLowerCase().split(',');
  const matches = (pattern: string): boolean => matchesGlob(pattern, host.toLowerCase());
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false;
  return patterns.some(matches);
}

/** `*` and `?`, without a regular expression: `*****…` in a file costs no more than its length times the host's. */
function matchesGlob(pattern: string, text: string): boolean {
  let [at, star, resume] = [0, -1, 0];
  for (let index = 0; index < text.length; ) {
    if (pattern[at] === '*') {
      star = at++;
      resume = index;
    } else if (pattern[at] === '?' || pattern[at] === text[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
