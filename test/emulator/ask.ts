import { type GithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';

interface Ask {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One question to the emulator, with the test's token; the body as JSON where it is some. */
export async function ask(
  github: GithubEmulator,
  path: string,
  { method = 'GET', token = TEST_TOKEN, headers = {} }: Ask = {},
) {
  const response = await fetch(`${github.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: AbortSignal.timeout(2000),
  });
  const text = await response.text();
  const body = (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined) as unknown;
  return { status: response.status, headers: response.headers, body };
}
