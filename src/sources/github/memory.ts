import { createHash } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import type { Window } from './budget-window.ts';
import { createEtags, type Etags } from './etags.ts';
import { createHolds, type HoldStore } from './holds.ts';
import { createRateLimits, type RateLimits } from './rate-limits.ts';

/** What outlives a source: a reload makes another, and what GitHub said to the same credential holds on. */
export interface GithubMemory {
  /** The same at each call for the same API; another begins anew, with the limits that are on the disk. */
  at(apiUrl: string): GithubPast;
}

/** What one API said, and what it was asked. */
export interface GithubPast {
  readonly limits: RateLimits;
  readonly etags: Etags;
  /** What was asked of late, by credential. */
  readonly windows: Map<string, Window>;
  /** Since the start, by what came of it. */
  readonly requests: Map<string, number>;
  /**
   * Says before each use whose the credential is: `identity` is a token, or what an App is known by. True where it was
   * somebody else's: nothing that was said to that one counts.
   */
  uses(credential: string, identity: string): boolean;
}

interface MemoryDeps {
  readonly clock: Clock;
  /** Without one, a restart forgets the limits. */
  readonly holds?: HoldStore;
}

export function createGithubMemory({ clock, holds: store }: MemoryDeps): GithubMemory {
  const requests = new Map<string, number>();
  let last: { readonly apiUrl: string; readonly past: GithubPast } | undefined;

  function begin(apiUrl: string): GithubPast {
    const holds = createHolds(clock, store);
    const limits = createRateLimits(clock, holds);
    const etags = createEtags(clock);
    const accounts = new Map<string, string>();
    return {
      ...{ limits, etags, windows: new Map(), requests },
      uses(credential, identity) {
        const account = digestOf([apiUrl, credential, identity]);
        const before = accounts.get(credential);
        if (account === before) return false;
        accounts.set(credential, account);
        for (const memory of [limits, etags]) memory.forget(credential);
        holds.adopt(credential, account);
        return before !== undefined;
      },
    };
  }

  return {
    at(apiUrl) {
      last = last?.apiUrl === apiUrl ? last : { apiUrl, past: begin(apiUrl) };
      return last.past;
    },
  };
}

/** A token cannot be found from it: tokens are long, and random. */
function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
