import { generateKeyPairSync, sign } from 'node:crypto';

export interface AppKey {
  /** As GitHub hands it out. */
  readonly pkcs1: string;
  readonly pkcs8: string;
  readonly publicKey: string;
}

/** A key pair for a GitHub App. */
export function createAppKey(): AppKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    pkcs1: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    pkcs8: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** What an App proves itself with, made at `now` (ms since the epoch) for nine minutes. */
export function appJwt(
  { pkcs8 }: AppKey,
  app: number | string,
  now: number,
  claims: Readonly<Record<string, unknown>> = {},
) {
  const iat = Math.floor(now / 1000);
  const parts = [
    { alg: 'RS256', typ: 'JWT' },
    { iss: String(app), iat, exp: iat + 540, ...claims },
  ];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign('sha256', Buffer.from(text), pkcs8).toString('base64url')}`;
}
