import { z } from 'zod';
import type { TransportTls } from '../lib/http-transport.ts';
import { readSecret, type SecretSource, secretFile, secretText } from '../lib/secret.ts';

const Pem = z.string().min(1).optional();
const File = z.string().min(1).optional();
const versions = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
const Version = z.enum(['TLS10', 'TLS11', 'TLS12', 'TLS13']).optional();

/** Alertmanager's `tls_config`: each of the three is its text or its file. */
export const TlsConfig = z
  .strictObject({
    ca: Pem,
    ca_file: File,
    cert: Pem,
    cert_file: File,
    key: Pem.meta({ secret: true }),
    key_file: File,
    server_name: z.string().min(1).optional(),
    insecure_skip_verify: z.boolean().default(false),
    min_version: Version,
    max_version: Version,
  })
  .refine(({ ca, ca_file: file }) => ca === undefined || file === undefined, 'at most one of ca and ca_file')
  .refine(({ cert, cert_file: file }) => cert === undefined || file === undefined, 'at most one of cert and cert_file')
  .refine(({ key, key_file: file }) => key === undefined || file === undefined, 'at most one of key and key_file')
  .refine(
    ({ cert, cert_file, key, key_file }) => ((cert ?? cert_file) === undefined) === ((key ?? key_file) === undefined),
    'both a certificate and its key, or neither',
  )
  .transform(({ ca, ca_file, cert, cert_file, key, key_file, min_version, max_version, ...rest }) => ({
    ...rest,
    ca: pemOf(ca, ca_file),
    cert: pemOf(cert, cert_file),
    key: pemOf(key, key_file),
    minVersion: min_version && versions[min_version],
    maxVersion: max_version && versions[max_version],
  }));

export type TlsConfig = z.output<typeof TlsConfig>;

function pemOf(text: string | undefined, file: string | undefined): SecretSource | undefined {
  if (text !== undefined) return secretText(text);
  return file === undefined ? undefined : secretFile(file);
}

/** The files as they are now, so that a rotated certificate counts without a restart. */
export async function tlsOf(config: TlsConfig, readFile: (path: string) => Promise<string>): Promise<TransportTls> {
  const [ca, cert, key] = await Promise.all(
    [config.ca, config.cert, config.key].map((pem) => pem && readSecret(pem, readFile)),
  );
  const { server_name: serverName, insecure_skip_verify: isAnyCertificate, minVersion, maxVersion } = config;
  return { ca, cert, key, serverName, isAnyCertificate, minVersion, maxVersion };
}
