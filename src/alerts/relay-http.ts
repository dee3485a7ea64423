import { HttpUrl, Secret } from '../lib/schema.ts';
import type { SecretSource } from '../lib/secret.ts';
import type { HttpConfig } from './http-config.ts';

/** A URL that is a secret: of one in a file it is seen at its use what it is. */
export const SecretUrl = Secret.refine(
  (url) => url.kind === 'file' || HttpUrl.safeParse(url.value).success,
  'an http:// or https:// URL without credentials',
);

export function withBearer(connection: HttpConfig, secret: SecretSource | undefined): HttpConfig {
  return secret ? { ...connection, authorization: { type: 'Bearer', secret } } : connection;
}

export function withHeader(connection: HttpConfig, name: string, secret: SecretSource): HttpConfig {
  return { ...connection, http_headers: { ...connection.http_headers, [name]: [secret] } };
}

/** `https://host/base` and `/path` in one. */
export function urlBelow(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}${path}`;
}
