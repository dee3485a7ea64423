import { z } from 'zod';
import { HttpUrl, Secret } from '../lib/schema.ts';
import { type SecretSource, secretFile, secretText } from '../lib/secret.ts';
import type { HttpConfig } from './http-config.ts';
import { isFreeHeader } from './http-headers.ts';

const File = z.string().min(1).optional();

export const BasicAuth = z.strictObject({
  username: z.string().min(1).describe('The user.'),
  password: Secret.optional().describe('The password.'),
});

export const Authorization = z
  .strictObject({
    type: z.string().trim().min(1).default('Bearer').describe('The scheme.'),
    credentials: Secret.describe('What follows the scheme.'),
  })
  .refine(({ type }) => type.toLowerCase() !== 'basic', 'basic_auth for the type "Basic"');

export const Tls = z
  .strictObject({
    ca_file: File.describe('Certificates of the authorities that are trusted instead of the usual ones.'),
    cert_file: File.describe("The client's certificate."),
    key_file: File.describe("The client's key."),
    server_name: z.string().min(1).optional().describe('The name that the certificate must have.'),
    insecure_skip_verify: z.boolean().default(false).describe('Whether any certificate will do.'),
  })
  .refine(
    ({ cert_file: cert, key_file: key }) => (cert === undefined) === (key === undefined),
    'both cert_file and key_file, or neither',
  );

const Header = z.strictObject({ value: Secret.describe('Its value.') });

/**
 * `http_config` in runnerwatch.yml: Alertmanager's keys, but a secret's file is its key's twin, and what is not asked for
 * by a redirect goes nowhere.
 */
export const HttpSettings = z
  .strictObject({
    basic_auth: BasicAuth.optional().describe('User and password.'),
    authorization: Authorization.optional().describe('A token.'),
    tls_config: Tls.optional().describe('What differs from the usual TLS.'),
    proxy_url: HttpUrl.optional().describe('The proxy to go through.'),
    no_proxy: z.string().optional().describe('Hosts that are reached without it, separated by commas.'),
    proxy_from_environment: z
      .boolean()
      .default(false)
      .describe('Whether the proxy is that of HTTP_PROXY, HTTPS_PROXY and NO_PROXY.'),
    follow_redirects: z.boolean().default(false).describe('Whether redirects are followed.'),
    http_headers: z
      .record(z.string(), Header)
      .optional()
      .refine((headers = {}) => Object.keys(headers).every(isFreeHeader), 'names of headers that nothing else sets')
      .describe('Further headers by name, each with its value, or value_file.'),
  })
  .refine(
    ({ basic_auth: basic, authorization }) => basic === undefined || authorization === undefined,
    'at most one of basic_auth and authorization',
  )
  .refine(
    ({ proxy_url: url, no_proxy: without, proxy_from_environment: isEnvironment }) =>
      isEnvironment ? (url ?? without) === undefined : without === undefined || url !== undefined,
    'no_proxy only with proxy_url, and neither of them with proxy_from_environment',
  );

type HttpSettings = Partial<z.output<typeof HttpSettings>>;

/** The same as the `http_config` of a receiver. */
export function httpConfigOf(settings: HttpSettings): HttpConfig {
  const { basic_auth: basic, authorization, tls_config: tls, http_headers: headers, ...rest } = settings;
  return {
    follow_redirects: rest.follow_redirects ?? true,
    enable_http2: true,
    proxy_from_environment: rest.proxy_from_environment ?? false,
    proxy_url: rest.proxy_url,
    no_proxy: rest.no_proxy,
    authorization: authorization && { type: authorization.type, secret: authorization.credentials },
    ...(basic ? { basic_auth: { username: secretText(basic.username), secret: basic.password } } : {}),
    ...(tls ? { tls_config: tlsConfigOf(tls) } : {}),
    http_headers:
      headers && Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, [value]] as const)),
  };
}

function tlsConfigOf({ ca_file: ca, cert_file: cert, key_file: key, ...rest }: z.output<typeof Tls>) {
  const pem = (file: string | undefined): SecretSource | undefined =>
    file === undefined ? undefined : secretFile(file);
  const versions = { minVersion: undefined, maxVersion: undefined };
  return { ...rest, ca: pem(ca), cert: pem(cert), key: pem(key), ...versions };
}
