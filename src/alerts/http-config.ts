import { z } from 'zod';
import { HttpUrl } from '../lib/schema.ts';
import { readSecret, type SecretSource, secretFile, secretText } from '../lib/secret.ts';

const SecretText = z.string().min(1).meta({ secret: true });
const FilePath = z.string().min(1);

/** Alertmanager's secrets are two keys, the text or its file: at most one of them. */
export function secretOf(text: string | undefined, file: string | undefined): SecretSource | undefined {
  if (text !== undefined) return secretText(text);
  return file === undefined ? undefined : secretFile(file);
}

const Authorization = z
  .strictObject({
    type: z.string().trim().min(1).default('Bearer'),
    credentials: SecretText.optional(),
    credentials_file: FilePath.optional(),
  })
  .refine(({ type }) => type.toLowerCase() !== 'basic', 'basic_auth for the type "Basic"')
  .refine(
    ({ credentials, credentials_file: file }) => credentials === undefined || file === undefined,
    'at most one of credentials and credentials_file',
  )
  .transform(({ type, credentials, credentials_file: file }) => ({ type, secret: secretOf(credentials, file) }));

const BasicAuth = z
  .strictObject({
    username: z.string().default(''),
    password: SecretText.optional(),
    password_file: FilePath.optional(),
  })
  .refine(
    ({ password, password_file: file }) => password === undefined || file === undefined,
    'at most one of password and password_file',
  )
  .transform(({ username, password, password_file: file }) => ({ username, secret: secretOf(password, file) }));

/** What of Alertmanager's `http_config` is known here. */
export const HttpConfig = z
  .strictObject({
    authorization: Authorization.optional(),
    basic_auth: BasicAuth.optional(),
    follow_redirects: z.boolean().default(true),
  })
  .refine(
    ({ authorization, basic_auth: basic }) => authorization === undefined || basic === undefined,
    'at most one of authorization and basic_auth',
  );

export type HttpConfig = z.output<typeof HttpConfig>;

/** A secret URL: it is checked like any other, and never shown. */
export const SecretUrl = HttpUrl.meta({ secret: true });

/** The header that the settings ask for. Throws where a secret's file cannot be read. */
export async function authorizationOf(
  { authorization, basic_auth: basic }: HttpConfig,
  readFile: (path: string) => Promise<string>,
): Promise<Readonly<Record<string, string>>> {
  if (basic) {
    const password = basic.secret ? await readSecret(basic.secret, readFile) : '';
    return { authorization: `Basic ${Buffer.from(`${basic.username}:${password}`).toString('base64')}` };
  }
  if (!authorization?.secret) return {};
  return { authorization: `${authorization.type} ${await readSecret(authorization.secret, readFile)}` };
}
