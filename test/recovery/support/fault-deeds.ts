import fc from 'fast-check';

/* What may happen in the world of runners, in any order. */

export const names = ['a', 'b', 'c'] as const;
export type Name = (typeof names)[number];
const verdictsOfWorld = [
  ...['unhealthy', 'zombie', 'unregistered', 'session-conflict', 'crashed', 'ghost', 'starved', 'stuck-busy'],
  ...['healthy', 'busy', 'starting', 'stopped', 'cut-off', 'unknown'],
] as const;

export interface Truth {
  verdict: string;
  container: 'running' | 'crashed' | 'stopped' | 'none';
  listed: boolean;
  githubBusy: boolean;
  worker: boolean;
  factsSayWorker: boolean;
  topFails: boolean;
  helps: boolean;
}

export const asAtFirst: Truth = {
  ...{ verdict: 'unhealthy', container: 'running', listed: true, githubBusy: false },
  ...{ worker: false, factsSayWorker: false, topFails: false, helps: false },
};

export type Deed =
  | { readonly do: 'ask'; readonly runners: readonly Name[] }
  | { readonly do: 'become'; readonly runner: Name; readonly truth: Partial<Truth> }
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'step-clock'; readonly seconds: number }
  | { readonly do: 'github'; readonly answers: boolean }
  | { readonly do: 'kill' }
  | { readonly do: 'pause'; readonly runner: Name | undefined }
  | { readonly do: 'release'; readonly runner: Name | undefined }
  | { readonly do: 'drain'; readonly runner: Name; readonly stop: boolean; readonly seconds: number }
  | { readonly do: 'uncordon'; readonly runner: Name };

const name = fc.constantFrom(...names);
const flag = (likely: number): fc.Arbitrary<boolean> => fc.integer({ min: 0, max: 99 }).map((n) => n < likely);

/** Healable faults are likely, so that much is done; every veto comes up, too. */
const truth: fc.Arbitrary<Partial<Truth>> = fc.record(
  {
    verdict: fc.constantFrom(...verdictsOfWorld, 'unhealthy', 'zombie', 'unhealthy', 'zombie', 'crashed', 'ghost'),
    container: fc.constantFrom('running', 'running', 'running', 'crashed', 'stopped', 'none'),
    listed: flag(90),
    githubBusy: flag(15),
    worker: flag(15),
    factsSayWorker: flag(15),
    topFails: flag(10),
    helps: flag(30),
  },
  { requiredKeys: [] },
);

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('ask' as const), runners: fc.uniqueArray(name, { minLength: 1 }) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('become' as const), runner: name, truth }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.constantFrom(1, 20, 60, 300, 700, 4000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('step-clock' as const),
      seconds: fc.constantFrom(-7200, -600, -30, 30, 600, 7200),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('github' as const), answers: flag(70) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('pause' as const), runner: fc.option(name, { nil: undefined }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('release' as const), runner: fc.option(name, { nil: undefined }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('drain' as const),
      runner: name,
      stop: fc.boolean(),
      seconds: fc.constantFrom(1, 30, 600),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('uncordon' as const), runner: name }) },
);

export const commands: fc.Arbitrary<readonly Deed[]> = fc.array(deed, { minLength: 5, maxLength: 60, size: 'max' });
