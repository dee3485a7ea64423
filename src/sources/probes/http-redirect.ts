/** What is sent next. */
export interface HttpStep {
  readonly url: URL;
  readonly method: string;
  readonly body: string;
}

/**
 * Where an answer leads, by RFC 9110, 15.4; undefined where it leads nowhere. As browsers and Go do it, 301, 302 and
 * 303 become a GET. Throws an Error where the location is no address for HTTP.
 */
export function redirectOf(step: HttpStep, status: number, location: string | undefined): HttpStep | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined || location === '') return undefined;
  if (!URL.canParse(location, step.url.href)) throw new Error('the location of the redirect is no URL');
  const url = new URL(location, step.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error('the redirect leads away from HTTP');
  if (status === 307 || status === 308) return { ...step, url };
  return { url, method: step.method === 'HEAD' ? 'HEAD' : 'GET', body: '' };
}

/** Cookies of one probe: a log-in page that redirects asks for its own back. */
export interface Cookies {
  keep(url: URL, lines: readonly string[]): void;
  /** The header's value; undefined where there is none for this host. */
  header(url: URL): string | undefined;
}

const maxCookies = 50;

export function createCookies(): Cookies {
  const jars = new Map<string, Map<string, string>>();
  return {
    keep: ({ hostname }, lines) => {
      const jar = jars.get(hostname) ?? new Map<string, string>();
      jars.set(hostname, jar);
      for (const line of lines) {
        const [, name, value] = /^\s*([^=;\s]+)=([^;]*)/.exec(line) ?? [];
        if (name !== undefined && value !== undefined && jar.size < maxCookies) jar.set(name, value.trim());
      }
    },
    header: ({ hostname }) => {
      const pairs = [...(jars.get(hostname) ?? [])].map(([name, value]) => `${name}=${value}`);
      return pairs.length === 0 ? undefined : pairs.join('; ');
    },
  };
}
