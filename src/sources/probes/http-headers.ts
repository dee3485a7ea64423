import { readSecret } from '../../lib/secret.ts';
import type { HttpModule } from './http-module.ts';

/** The module's own headers, by their names in lower case, with those that log in. Secrets are read anew. */
export async function headersOf(
  module: HttpModule,
  userAgent: string,
  readFile: (path: string) => Promise<string>,
): Promise<Readonly<Record<string, string>>> {
  const authorization = await authorizationOf(module, readFile);
  const own = Object.entries(module.headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    'user-agent': userAgent,
    ...(authorization === undefined ? {} : { authorization }),
    ...Object.fromEntries(own),
  };
}

async function authorizationOf(
  { basic_auth: basic, bearer_token: token, authorization }: HttpModule,
  readFile: (path: string) => Promise<string>,
): Promise<string | undefined> {
  if (basic) {
    const password = basic.password ? await readSecret(basic.password, readFile) : '';
    return `Basic ${Buffer.from(`${basic.username}:${password}`).toString('base64')}`;
  }
  if (token) return `Bearer ${await readSecret(token, readFile)}`;
  if (!authorization) return undefined;
  const credentials = authorization.credentials ? await readSecret(authorization.credentials, readFile) : '';
  return `${authorization.type} ${credentials}`;
}

/** What goes to another host than the first one: nothing that logs in, and not the first one's name. */
export function headersFor(
  headers: Readonly<Record<string, string>>,
  url: URL,
  first: URL,
): Readonly<Record<string, string>> {
  if (url.host === first.host) return { host: url.host, ...headers };
  const { authorization, cookie, host, ...rest } = headers;
  return { host: url.host, ...rest };
}
