import type { TlsState } from './certificates.ts';
import type { HttpTimes } from './http-exchange.ts';
import { notReached, type Reached } from './probe.ts';

/** What an HTTP probe has found out so far. */
export interface HttpProgress extends Reached {
  readonly times: HttpTimes;
  redirects: number;
  /** 0 where no answer came. */
  status: number;
  /** As 1.1; 0 where no answer was read. */
  version: number;
  /** What the header says: -1 where it says nothing, 0 where no answer came. */
  contentLength: number;
  readonly body: { length: number; text: string };
  /** Seconds since the epoch. */
  lastModified: number | undefined;
  tls: TlsState | undefined;
  failedDueToRegex: boolean;
}

/** What a new request makes void. */
export const noAnswer = { status: 0, version: 0, contentLength: 0, tls: undefined } as const;

export function nothingYet(): HttpProgress {
  return {
    ...notReached(),
    times: { resolve: 0, connect: 0, tls: 0, processing: 0, transfer: 0 },
    ...noAnswer,
    redirects: 0,
    body: { length: 0, text: '' },
    lastModified: undefined,
    failedDueToRegex: false,
  };
}
