import { z } from 'zod';
import { Duration, HttpUrl, Secret } from '../lib/schema.ts';
import { type SecretSource, secretFile, secretText } from '../lib/secret.ts';
import type { HttpConfig } from './http-config.ts';

const File = z.string().min(1).optional();

const BasicAuth = z.strictObject({
  username: z.string().min(1).describe('The user.'),
  password: Secret.optional().describe('The password.'),
});

const Authorization = z
  .strictObject({
    type: z.string().trim().min(1).default('Bearer').describe('The scheme.'),
    credentials: Secret.describe('What follows the scheme.'),
  })
  .refine(({ type }) => type.toLowerCase() !== 'basic', 'basic_auth for the type "Basic"');

const Tls = z
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

const Upstream = z
  .strictObject({
    url: HttpUrl.describe('Where it answers, without /api/v2.'),
    timeout: Duration.prefault('10s').describe('For one call.'),
    basic_auth: BasicAuth.optional().describe('User and password.'),
    authorization: Authorization.optional().describe('A token.'),
    tls_config: Tls.optional().describe('What differs from the usual TLS.'),
  })
  .refine(
    ({ basic_auth: basic, authorization }) => basic === undefined || authorization === undefined,
    'at most one of basic_auth and authorization',
  );

/** `alertmanagers` in runnerwatch.yml. */
export const Upstreams = z
  .array(Upstream)
  .max(16)
  .refine((all) => new Set(all.map(({ url }) => url)).size === all.length, 'each url once');

export type Upstream = z.output<typeof Upstream>;

/** The same as the settings of a receiver's HTTP. */
export function httpOf({ basic_auth: basic, authorization, tls_config: tls }: Upstream): HttpConfig {
  return {
    follow_redirects: true,
    enable_http2: true,
    proxy_from_environment: false,
    authorization: authorization && { type: authorization.type, secret: authorization.credentials },
    ...(basic ? { basic_auth: { username: secretText(basic.username), secret: basic.password } } : {}),
    ...(tls ? { tls_config: tlsConfigOf(tls) } : {}),
  };
}

function tlsConfigOf({ ca_file: ca, cert_file: cert, key_file: key, ...rest }: z.output<typeof Tls>) {
  const pem = (file: string | undefined): SecretSource | undefined =>
    file === undefined ? undefined : secretFile(file);
  const versions = { minVersion: undefined, maxVersion: undefined };
  return { ...rest, ca: pem(ca), cert: pem(cert), key: pem(key), ...versions };
}
