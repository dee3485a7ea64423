import { z } from 'zod';
import type { Transport } from '../lib/http-transport.ts';
import { HttpUrl } from '../lib/schema.ts';
import { readSecret, type SecretSource, secretFile, secretText } from '../lib/secret.ts';
import { HttpHeaders, headersOf } from './http-headers.ts';
import { TlsConfig, tlsOf } from './tls-config.ts';

type ReadFile = (path: string) => Promise<string>;

export const SecretText = z.string().min(1).meta({ secret: true });
export const FilePath = z.string().min(1);

/** Alertmanager's secrets are two keys, the text or its file: at most one of them. */
export function secretOf(text: string | undefined, file: string | undefined): SecretSource | undefined {
  if (text !== undefined) return secretText(text);
  return file === undefined ? undefined : secretFile(file);
}

/** A check for two keys that say the same. */
export function atMostOne<K extends string>(...keys: readonly K[]) {
  const check = (value: Readonly<Partial<Record<K, unknown>>>): boolean =>
    keys.filter((key) => value[key] !== undefined).length <= 1;
  return [check, `at most one of ${keys.join(' and ')}`] as const;
}

/** A check that one of the keys is there. */
export function atLeastOne<K extends string>(...keys: readonly K[]) {
  const check = (value: Readonly<Partial<Record<K, unknown>>>): boolean => keys.some((key) => value[key] !== undefined);
  return [check, `one of ${keys.join(' and ')}`] as const;
}

const Authorization = z
  .strictObject({
    type: z.string().trim().min(1).default('Bearer'),
    credentials: SecretText.optional(),
    credentials_file: FilePath.optional(),
  })
  .refine(({ type }) => type.toLowerCase() !== 'basic', 'basic_auth for the type "Basic"')
  .refine(...atMostOne('credentials', 'credentials_file'))
  .transform(({ type, credentials, credentials_file: file }) => ({ type, secret: secretOf(credentials, file) }));

const BasicAuth = z
  .strictObject({
    username: z.string().min(1).optional(),
    username_file: FilePath.optional(),
    password: SecretText.optional(),
    password_file: FilePath.optional(),
  })
  .refine(...atMostOne('username', 'username_file'))
  .refine(...atMostOne('password', 'password_file'))
  .transform(({ username, username_file, password, password_file }) => ({
    username: secretOf(username, username_file),
    secret: secretOf(password, password_file),
  }));

/** Its user and password are the proxy's own; it is a secret for their sake. */
const ProxyUrl = z
  .url({ protocol: /^https?$/, error: 'expected an http:// or https:// URL' })
  .meta({ secret: true, type: 'string' });

/** Alertmanager's `http_config`, but for what `not-yet.ts` names. */
export const HttpConfig = z
  .strictObject({
    authorization: Authorization.optional(),
    basic_auth: BasicAuth.optional(),
    bearer_token: SecretText.optional(),
    bearer_token_file: FilePath.optional(),
    follow_redirects: z.boolean().default(true),
    http_headers: HttpHeaders.optional(),
    // Which version of HTTP is spoken is no matter of the file's meaning: it is always 1.1.
    enable_http2: z.boolean().default(true),
    tls_config: TlsConfig.optional(),
    proxy_url: ProxyUrl.optional(),
    no_proxy: z.string().optional(),
    proxy_from_environment: z.boolean().default(false),
  })
  .refine(...atMostOne('authorization', 'basic_auth'))
  .refine(...atMostOne('bearer_token', 'bearer_token_file'))
  .refine(
    ({ bearer_token: token, bearer_token_file: file, authorization, basic_auth: basic }) =>
      (token ?? file) === undefined || (authorization ?? basic) === undefined,
    'no bearer_token beside authorization and basic_auth',
  )
  .refine(
    ({ proxy_url: url, no_proxy: without, proxy_from_environment: isEnvironment }) =>
      isEnvironment ? (url ?? without) === undefined : without === undefined || url !== undefined,
    'no_proxy only with proxy_url, and neither of them with proxy_from_environment',
  )
  .transform(({ bearer_token: token, bearer_token_file: file, authorization, ...rest }) => {
    const bearer = secretOf(token, file);
    return { ...rest, authorization: bearer ? { type: 'Bearer', secret: bearer } : authorization };
  });

export type HttpConfig = z.output<typeof HttpConfig>;

/** A secret URL: it is checked like any other, and never shown. */
export const SecretUrl = HttpUrl.meta({ secret: true });

/** The headers that the settings ask for. Throws where a secret's file cannot be read. */
export async function httpHeaders(config: HttpConfig, readFile: ReadFile): Promise<Readonly<Record<string, string>>> {
  const own = config.http_headers ? await headersOf(config.http_headers, readFile) : {};
  return { ...own, ...(await authorizationOf(config, readFile)) };
}

async function authorizationOf(
  { authorization, basic_auth: basic }: HttpConfig,
  readFile: ReadFile,
): Promise<Readonly<Record<string, string>>> {
  if (basic) {
    const [username, password] = await Promise.all(
      [basic.username, basic.secret].map((secret) => (secret ? readSecret(secret, readFile) : '')),
    );
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  }
  if (!authorization?.secret) return {};
  return { authorization: `${authorization.type} ${await readSecret(authorization.secret, readFile)}` };
}

/** The connection that the settings ask for, or undefined for the usual one. Reads certificates anew. */
export async function transportOf(config: HttpConfig, readFile: ReadFile): Promise<Transport | undefined> {
  const { tls_config: tls, proxy_url: url, no_proxy: noProxy, proxy_from_environment: isEnvironment } = config;
  if (!tls && url === undefined && !isEnvironment) return undefined;
  const proxy = url === undefined ? undefined : { url, noProxy };
  return {
    ...(tls ? { tls: await tlsOf(tls, readFile) } : {}),
    proxy: isEnvironment ? 'environment' : proxy,
  };
}
