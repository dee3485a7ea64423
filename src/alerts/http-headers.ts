import { z } from 'zod';
import { readSecret, type SecretSource, secretFile, secretText } from '../lib/secret.ts';

/** Those that the client, or another key of `http_config`, says. */
const reserved = new Set([
  'accept-encoding',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'user-agent',
  'www-authenticate',
  'x-prometheus-remote-write-version',
  'x-prometheus-scrape-timeout-seconds',
]);

const headerName = /^[\w!#$%&'*+.^`|~-]+$/;

/** Whether it is the name of a header that nothing else sets. */
export function isFreeHeader(name: string): boolean {
  return headerName.test(name) && !reserved.has(name.toLowerCase());
}

const Values = z
  .strictObject({
    values: z.array(z.string()).default([]),
    secrets: z.array(z.string().min(1).meta({ secret: true })).default([]),
    files: z.array(z.string().min(1)).default([]),
  })
  .transform(({ values, secrets, files }): readonly SecretSource[] => [
    ...[...values, ...secrets].map(secretText),
    ...files.map(secretFile),
  ]);

/** Alertmanager's `http_headers`: each header's values, plain, secret or in files. */
export const HttpHeaders = z.record(
  z
    .string()
    .regex(headerName, 'expected the name of a header')
    .refine((name) => !reserved.has(name.toLowerCase()), 'expected a header that nothing else sets'),
  Values,
);

type HttpHeaders = z.output<typeof HttpHeaders>;

/** Values of one name in one line, as RFC 9110, 5.2 allows. Throws where a file cannot be read. */
export async function headersOf(
  headers: HttpHeaders,
  readFile: (path: string) => Promise<string>,
): Promise<Readonly<Record<string, string>>> {
  const lines = Object.entries(headers).map(async ([name, sources]) => {
    const values = await Promise.all(sources.map((source) => readSecret(source, readFile)));
    return [name.toLowerCase(), values.map((value) => value.trim()).join(', ')];
  });
  return Object.fromEntries(await Promise.all(lines));
}
