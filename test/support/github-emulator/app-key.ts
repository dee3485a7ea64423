import { generateKeyPairSync } from 'node:crypto';

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
