import type { Clock } from '../../lib/clock.ts';

/** What an answer said, for as long as GitHub says that it has not changed. */
interface KeptAnswer {
  readonly etag: string;
  readonly value: unknown;
  /** The query of the page after it. */
  readonly next: string | undefined;
  /** How many things are in it: what it costs to keep. */
  readonly size: number;
}

/** Answers by the credential that they were given to and by URL: GitHub's ETags are good for one credential. */
export interface Etags {
  get(credential: string, url: string): KeptAnswer | undefined;
  keep(credential: string, url: string, answer: KeptAnswer): void;
  drop(credential: string, url: string): void;
  forget(credential: string): void;
}

/** Runners, jobs and runs of some 400 bytes: 8 MB at the very most. */
const maxSize = 20_000;
/** Runs end, and nobody asks for their jobs again; what is polled at all is polled more often. */
const unusedMs = 2 * 3_600_000;

export function createEtags(clock: Clock): Etags {
  // In the order of their last use: the first is the one to go.
  const kept = new Map<string, KeptAnswer & { readonly usedAt: number }>();
  let size = 0;

  function remove(key: string): void {
    size -= kept.get(key)?.size ?? 0;
    kept.delete(key);
  }

  function put(key: string, answer: KeptAnswer): void {
    remove(key);
    kept.set(key, { ...answer, usedAt: clock.monotonic() });
    size += answer.size;
    for (const [oldest, { usedAt }] of kept) {
      if (size <= maxSize && clock.monotonic() - usedAt <= unusedMs) break;
      remove(oldest);
    }
  }

  return {
    get(credential, url) {
      const key = `${credential} ${url}`;
      const answer = kept.get(key);
      if (answer) put(key, answer);
      return answer;
    },
    keep: (credential, url, answer) => put(`${credential} ${url}`, answer),
    drop: (credential, url) => remove(`${credential} ${url}`),
    forget(credential) {
      for (const key of kept.keys()) if (key.startsWith(`${credential} `)) remove(key);
    },
  };
}
