import type { Now } from './state.ts';
import type { Reply } from './wire.ts';

const MINUTE_MS = 60_000;

export interface LimitedRequest {
  readonly method: string;
  readonly path: string;
  /** When it came and when the limit would have ended, ms since the epoch. */
  readonly at: number;
  readonly until: number;
}

/** Remembers which limits callers were told of, and who called all the same. */
export function createAnnounced(clock: Now) {
  const until = new Map<string, number>();
  const ignored: LimitedRequest[] = [];
  return {
    came(key: string, method: string, path: string): void {
      const end = until.get(key) ?? 0;
      if (clock.now() < end) ignored.push({ method, path, at: clock.now(), until: end });
    },
    answered(key: string, reply: Reply): void {
      const end = limitOf(reply, clock);
      if (end !== undefined) until.set(key, Math.max(end, until.get(key) ?? 0));
    },
    requests: (): readonly LimitedRequest[] => [...ignored],
  };
}

/** `retry-after` first, then the reset of a limit that is used up, else a minute: GitHub's own rule for its callers. */
function limitOf({ status, headers = {}, body }: Reply, clock: Now): number | undefined {
  const refused = status === 403 || status === 429;
  if (refused && headers['retry-after'] !== undefined) return clock.now() + Number(headers['retry-after']) * 1000;
  if (headers['x-ratelimit-remaining'] === '0') return Number(headers['x-ratelimit-reset']) * 1000;
  if (status === 429 || (refused && /rate limit/i.test(JSON.stringify(body ?? '')))) return clock.now() + MINUTE_MS;
  return undefined;
}
