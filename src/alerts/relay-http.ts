import type { z } from 'zod';
import type { HttpAnswer } from '../lib/http.ts';
import { HttpUrl, Secret } from '../lib/schema.ts';
import type { SecretSource } from '../lib/secret.ts';
import type { HttpConfig } from './http-config.ts';
import type { Delivery } from './receivers/receiver.ts';

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

/** Looks whether an answer of success says what the peer says who has taken it; a portal on the way says something else. */
export function saying(what: string, schema: z.ZodType): (answer: HttpAnswer) => Delivery {
  return ({ text }) => {
    if (schema.safeParse(parsed(text)).success) return { ok: true };
    const message = `${what} answered without saying that it took the message`;
    return { ok: false, retry: true, reason: 'server', message };
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
