import { stat } from 'node:fs/promises';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { TcpSource } from '../probes/tcp.ts';
import { TcpModule } from '../probes/tcp-module.ts';

/** What can be known of GitHub's API and of our key without asking it anything. Times are ms since the epoch. */
export interface GithubEdge {
  /** The end of the first of the API's certificates; undefined without TLS, and before one was seen. */
  certificateEnd(signal: AbortSignal): Promise<number | undefined>;
  /** The last change of the App's key; undefined where it is in no file. */
  keyModified(): Promise<number | undefined>;
}

interface EdgeOptions {
  readonly apiUrl: string;
  readonly keyFile: string | undefined;
  readonly tcp: TcpSource;
  readonly clock: Clock;
  readonly log: Log;
}

const hourMs = 3_600_000;
/** A certificate lives for months: one handshake an hour sees a new one early enough. */
const lookEveryMs = hourMs;
const retryMs = hourMs / 12;
const timeoutMs = 5000;

/** Whatever the certificate: an end that has passed must be seen too. Nothing is sent over the connection. */
const handshake = TcpModule.parse({ tls: true, tls_config: { insecure_skip_verify: true } });

export function createGithubEdge({ apiUrl, keyFile, tcp, clock, log }: EdgeOptions): GithubEdge {
  const { protocol, hostname, port } = new URL(apiUrl);
  const address = `${hostname}:${port || 443}`;
  let seen: number | undefined;
  let due = Number.NEGATIVE_INFINITY;

  async function look(signal: AbortSignal): Promise<void> {
    due = clock.monotonic() + retryMs;
    const { tls, detail } = await tcp.probe(address, handshake, { timeoutMs, log }, signal);
    if (!tls) {
      log.debug({ reason: detail }, "GitHub's certificate could not be seen");
      return;
    }
    seen = tls.earliestExpiry * 1000;
    due = clock.monotonic() + lookEveryMs;
  }
  return {
    certificateEnd: async (signal) => {
      if (protocol === 'https:' && clock.monotonic() >= due) await look(signal);
      return seen;
    },
    keyModified: async () => {
      if (keyFile === undefined) return undefined;
      const found = await stat(keyFile).catch(() => undefined);
      return found?.mtimeMs;
    },
  };
}
