import type { Clock } from '../../lib/clock.ts';
import type { GithubHold, KeptHold } from '../../model/github.ts';

/** Where they are kept over a restart. */
export interface HoldStore {
  /** Those of the account that end after `now`. */
  load(account: string, now: number): readonly KeptHold[];
  /** In the place of the account's hold for the same resource; those that ended by `now` go. */
  save(hold: KeptHold, now: number): void;
}

export interface Hold {
  readonly until: number;
  readonly why: string;
}

/** The limits that GitHub announced, by credential and resource; `any` where everything is refused. */
export interface Holds {
  /** The one that ends last of those for the resource; undefined where the call's resource is not known yet. */
  of(credential: string, resource: string | undefined): Hold | undefined;
  put(credential: string, resource: string, until: number, why: string): Hold;
  /** Takes in what was told to the account before, and forgets what was told to another under the same name. */
  adopt(credential: string, account: string): void;
  /** Those that keep the credentials from what they mostly do. */
  all(): readonly GithubHold[];
}

export const any = '*';
/** What nearly all calls count against. */
export const usual = 'core';
/** GitHub's windows are an hour; nothing that an answer says may silence us for longer than this. */
const maxMs = 2 * 3_600_000;

interface Known {
  readonly account: string | undefined;
  readonly holds: Map<string, Hold>;
  /** Resources that were held before the start: which calls count against them was forgotten. */
  readonly restored: ReadonlySet<string>;
}

export function createHolds(clock: Clock, store?: HoldStore): Holds {
  const known = new Map<string, Known>();

  function knownOf(credential: string): Known {
    const one = known.get(credential) ?? { account: undefined, holds: new Map(), restored: new Set() };
    known.set(credential, one);
    return one;
  }

  function of(credential: string, resource: string | undefined): Hold | undefined {
    const { holds, restored } = knownOf(credential);
    const resources = [any, ...(resource === undefined ? [usual, ...restored] : [resource])];
    return resources
      .map((name) => holds.get(name))
      .filter((hold) => hold !== undefined)
      .filter(({ until }) => clock.now() < until)
      .reduce<Hold | undefined>((last, hold) => (last && last.until > hold.until ? last : hold), undefined);
  }

  /** Whatever an answer or a file says, and however the clock was set. */
  function bounded(until: number): number {
    return Math.min(until, clock.now() + maxMs);
  }

  return {
    of,
    put(credential, resource, until, why) {
      const { account, holds } = knownOf(credential);
      const hold = { until: bounded(until), why };
      holds.set(resource, hold);
      if (account !== undefined) store?.save({ account, resource, ...hold }, clock.now());
      return hold;
    },
    adopt(credential, account) {
      const kept = store?.load(account, clock.now()) ?? [];
      const holds = new Map(kept.map(({ resource, until, why }) => [resource, { until: bounded(until), why }]));
      known.set(credential, { account, holds, restored: new Set(holds.keys()) });
    },
    all: () =>
      [...known.keys()].flatMap((credential) => {
        const until = of(credential, usual)?.until;
        return until === undefined ? [] : [{ credential, until }];
      }),
  };
}
