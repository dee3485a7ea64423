import { createPrivateKey, type KeyObject } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';

/** A private key of OpenSSH, PEM or PuTTY; undefined where the text is none or the passphrase does not open it. */
export function parsePrivateKey(text: string, passphrase?: string): ParsedKey | undefined {
  const key: ParsedKey | Error | readonly unknown[] = ssh2.utils.parseKey(text, passphrase);
  return !(key instanceof Error) && 'isPrivateKey' in key && key.isPrivateKey() ? key : undefined;
}

/**
 * The same key without its passphrase, as text: a parsed key cannot go from one thread to another. Blocks: OpenSSH
 * makes each try of a passphrase cost some 0.3 s of CPU (bcrypt), and more with `ssh-keygen -a`.
 */
export function openKey(text: string, passphrase: string): string | undefined {
  const key = parsePrivateKey(text, passphrase);
  if (!key) return undefined;
  const opened = createPrivateKey(key.getPrivatePEM());
  // The traditional PEM forms and OpenSSH's own are those that ssh2 reads; it does not read PKCS #8.
  if (opened.asymmetricKeyType === 'rsa') return opened.export({ type: 'pkcs1', format: 'pem' }).toString();
  if (opened.asymmetricKeyType === 'ec') return opened.export({ type: 'sec1', format: 'pem' }).toString();
  return opened.asymmetricKeyType === 'ed25519' ? toOpenSsh(opened, key.getPublicSSH()) : undefined;
}

/** OpenSSH's PROTOCOL.key, with neither cipher nor derivation. */
function toOpenSsh(key: KeyObject, publicBlob: Buffer): string {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const secret = [field('ssh-ed25519'), field(point), field(Buffer.concat([seed, point])), field('')];
  const plain = Buffer.concat([Buffer.alloc(8), ...secret]);
  // Filled up to the block size of no cipher with 1, 2, 3, …
  const padding = Buffer.from(Array.from({ length: (8 - (plain.length % 8)) % 8 }, (_, index) => index + 1));
  const count = Buffer.from([0, 0, 0, 1]);
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...['none', 'none', ''].map(field),
    count,
    field(publicBlob),
    field(Buffer.concat([plain, padding])),
  ]);
  const lines = blob.toString('base64').replace(/.{70}/g, '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----`;
}

/** A string as SSH writes it (RFC 4251, 5): its length, then its bytes. */
function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
