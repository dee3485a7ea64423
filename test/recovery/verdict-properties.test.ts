import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faults, type RunnerEvidence, type Verdict, verdicts } from '../../src/model/runner.ts';
import { factWords } from '../../src/model/runner-facts.ts';
import { judge } from '../../src/recovery/verdict.ts';
import type { Views } from '../../src/recovery/views.ts';
import {
  both,
  ended,
  hour,
  lifeless,
  minute,
  noon,
  nothing,
  running,
  takenOver,
  unlisted,
  verdictConfig,
  viewsOf,
} from '../support/runner-evidence.ts';

type Known = Partial<RunnerEvidence>;
interface Scene {
  readonly evidence: RunnerEvidence;
  readonly views: Views;
}

function verdictOf({ evidence, views }: Scene): Verdict {
  return judge(evidence, { views, config: verdictConfig, now: noon }).verdict;
}

const sometimes = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const ago = (...spans: readonly number[]) => fc.constantFrom(...spans.map((span) => noon - span));

const facts: fc.Arbitrary<Known> = fc.record({
  checkTells: fc.constant(true),
  containerHealth: fc.constantFrom('healthy', 'unhealthy', 'starting'),
  checkState: fc.constantFrom('healthy', 'degraded', 'unhealthy'),
  listener: fc.boolean(),
  worker: fc.boolean(),
  session: fc.constantFrom('good', 'connecting', 'gone', 'conflict', 'deprecated', 'unknown'),
  downReason: sometimes(fc.constantFrom(...factWords.reason)),
  egress: fc.boolean(),
  clockSkewSeconds: fc.constantFrom(0, 90, 600, -600),
  diskFreeBytes: fc.constantFrom(0, 50e9),
  diskFreeInodes: fc.constantFrom(3, 5e6),
});
const nothingTold = {
  ...{ checkState: undefined, listener: undefined, worker: undefined, session: undefined, downReason: undefined },
  ...{ egress: undefined, clockSkewSeconds: undefined, diskFreeBytes: undefined, diskFreeInodes: undefined },
} satisfies Known;
const noFacts: fc.Arbitrary<Known> = fc
  .constantFrom('none', 'healthy', 'unhealthy', 'starting')
  .map((containerHealth) => ({ checkTells: false, containerHealth, ...nothingTold }));

const up = fc
  .tuple(fc.oneof(facts, noFacts, fc.constant<Known>(lifeless)), fc.constantFrom('running', 'running', 'paused'))
  .map(([told, containerState]): Known => ({ ...running, ...told, containerState }));
const down = fc
  .record({
    code: fc.constantFrom(0, 1, 127, 130, 137, 143),
    state: fc.constantFrom('exited', 'dead', 'restarting', 'created'),
    oomKilled: fc.boolean(),
    stopAsked: fc.boolean(),
    maintenance: fc.boolean(),
  })
  .map(({ code, state, ...more }): Known => ({ ...ended(code), ...more, containerState: state }));
const none = fc.boolean().map((removed): Known => ({ hosted: false, removed }));

const listed: fc.Arbitrary<Known> = fc
  .record({
    github: fc.constantFrom('online', 'offline', 'unknown'),
    busy: fc.boolean(),
    registrations: fc.constantFrom(1, 2),
    outdated: fc.boolean(),
    updateDeadline: sometimes(ago(hour, -hour)),
    ephemeral: fc.boolean(),
    sameRegistration: fc.constantFrom(undefined, true),
  })
  .map((told): Known => ({ ...told, registered: true, scopes: ['o/r'] }));
const silent = sometimes(fc.constantFrom('online' as const, 'offline' as const)).map(
  (githubBefore): Known => ({ github: 'unknown', registered: true, scopes: ['o/r'], githubBefore }),
);

const memory: fc.Arbitrary<Known> = fc.record({
  recentEnds: fc.constantFrom(0, 2, 5),
  listedBefore: fc.boolean(),
  hostMemoryBytes: fc.constantFrom(0, 1e9, 1e10),
  brokenAt: sometimes(fc.constantFrom('gateway', 'wan', 'dns', 'github')),
  busySince: sometimes(ago(minute, 30 * hour)),
  jobLostSince: sometimes(ago(minute, hour)),
  quietSince: sometimes(ago(minute, 2 * hour)),
});

const here: readonly (readonly [Views['docker'], fc.Arbitrary<Known>])[] = [
  ['answering', up],
  ['answering', up],
  ['answering', down],
  ['answering', none],
  ['failing', fc.constant({})],
  ['off', fc.constant({})],
];
const there: readonly (readonly [Views['github'], fc.Arbitrary<Known>])[] = [
  ['answering', listed],
  ['answering', listed],
  ['answering', fc.constant<Known>(unlisted)],
  ['answering', fc.constantFrom<Known>(takenOver, { ...takenOver, sameRegistration: undefined })],
  ['failing', fc.constant<Known>(takenOver)],
  ['failing', silent],
  ['failing', fc.constant({})],
  ['off', fc.constant({})],
];

/** What the sources can say together. */
const scene: fc.Arbitrary<Scene> = fc
  .tuple(fc.constantFrom(...here), fc.constantFrom(...there))
  .chain(([[docker, ofDocker], [github, ofGithub]]) =>
    fc.tuple(ofDocker, ofGithub, memory, fc.constantFrom(1, 1, 1, 2)).map(
      ([local, remote, remembered, containers]): Scene => ({
        evidence: { ...nothing, ...local, ...remote, ...remembered, ...(local.hosted && { containers }) },
        views: viewsOf(docker, github),
      }),
    ),
  );

const keys = Object.keys(nothing).filter((key) => key !== 'runner' && key !== 'scopes') as (keyof RunnerEvidence)[];
/** What one run of the health check tells: it is there together, or not at all. */
const toldTogether = Object.keys(nothingTold) as (keyof RunnerEvidence)[];
/** Its other facts are read without the reason, too; but that it waits is what they mean then. */
const without = (evidence: RunnerEvidence, gone: readonly (keyof RunnerEvidence)[]): RunnerEvidence => {
  const isWordLost = evidence.downReason === 'waiting' && gone.includes('downReason');
  const lost = isWordLost ? [...gone, ...toldTogether] : gone;
  return { ...evidence, ...Object.fromEntries(lost.map((key) => [key, undefined])) };
};

const full: Known = {
  ...{
    ...running,
    downReason: '',
    hostMemoryBytes: 0,
    brokenAt: '',
    dockerAt: 0,
    pathAt: 0,
    hostAt: 0,
    checkAt: 0,
    githubAt: 0,
  },
  ...{ github: 'online', busy: false, registered: true, ephemeral: false, registrations: 1, githubBefore: 'online' },
  ...{ agentId: 0, githubId: 0, sameRegistration: true },
  ...{ offlineSince: 0, outdated: false, updateDeadline: 0, listedBefore: true },
  ...{ busySince: 0, jobLostSince: 0, quietSince: 0 },
};

function kindOf(key: keyof RunnerEvidence): 'boolean' | 'number' | 'string' {
  return typeof full[key] as 'boolean' | 'number' | 'string';
}

/** Of these, none may turn into a fault because something is missing. */
const harmless: ReadonlySet<Verdict> = new Set(['healthy', 'busy', 'unknown', 'starting', 'stopped']);
const runs = { numRuns: 3000 };

describe('the verdict', () => {
  it('is always one of those that there are, with a reason, whatever is said together', () => {
    const flag = fc.constantFrom(undefined, true, false);
    const number = fc.constantFrom(undefined, 0, -1, 137, noon - hour, 1e18, Number.NaN, Number.POSITIVE_INFINITY);
    const states = ['', 'running', 'exited', 'paused', 'restarting', 'offline', 'online', 'unknown', 'gone'];
    const kinds = { boolean: flag, number, string: fc.constantFrom(undefined, ...states) };
    const any = fc.record(Object.fromEntries(keys.map((key) => [key, kinds[kindOf(key)]])));
    const view = fc.constantFrom('off' as const, 'answering' as const, 'failing' as const);
    fc.assert(
      fc.property(any, view, view, (given, docker, github) => {
        const evidence = { ...nothing, ...given } as RunnerEvidence;
        const state = judge(evidence, { views: viewsOf(docker, github), config: verdictConfig, now: noon });
        expect(verdicts).toContain(state.verdict);
        expect(state.because).not.toBe('');
      }),
      runs,
    );
  });

  it('is the same for the same evidence, which it leaves as it was', () => {
    fc.assert(
      fc.property(scene, ({ evidence, views }) => {
        const frozen = Object.freeze({ ...evidence });
        const circumstances = { views, config: verdictConfig, now: noon };
        expect(judge(frozen, circumstances)).toEqual(judge({ ...evidence }, circumstances));
      }),
      runs,
    );
  });

  it('never gets worse because something is missing', () => {
    fc.assert(
      fc.property(scene, fc.subarray(keys), ({ evidence, views }, gone) => {
        fc.pre(harmless.has(verdictOf({ evidence, views })));
        expect(faults).not.toContain(verdictOf({ evidence: without(evidence, gone), views }));
      }),
      { ...runs, numRuns: 20_000 },
    );
  }, 60_000);

  it('never gets worse because any one thing is missing', () => {
    fc.assert(
      fc.property(scene, ({ evidence, views }) => {
        fc.pre(harmless.has(verdictOf({ evidence, views })));
        const worse = keys.filter((key) => faults.has(verdictOf({ evidence: without(evidence, [key]), views })));
        expect(worse).toEqual([]);
      }),
      runs,
    );
  });

  it('never gets worse because something is old', () => {
    const age = fc.constantFrom(undefined, 0, 10 * minute, 16 * minute, 30 * hour, -hour);
    fc.assert(
      fc.property(scene, age, age, age, age, age, ({ evidence, views }, docker, check, host, path, github) => {
        fc.pre(harmless.has(verdictOf({ evidence, views })));
        const at = (ms: number | undefined) => (ms === undefined ? undefined : noon - ms);
        const aged = {
          ...evidence,
          dockerAt: at(docker),
          checkAt: at(check),
          hostAt: at(host),
          pathAt: at(path),
          githubAt: at(github),
        };
        expect(faults).not.toContain(verdictOf({ evidence: aged, views }));
      }),
      runs,
    );
  });

  it('is never a fault while a worker runs or GitHub says busy', () => {
    fc.assert(
      fc.property(scene, (given) => {
        fc.pre(given.evidence.worker === true || given.evidence.busy === true);
        expect(faults).not.toContain(verdictOf(given));
      }),
      runs,
    );
  });

  it('is never zombie, ghost or unregistered while GitHub does not say', () => {
    fc.assert(
      fc.property(scene, (given) => {
        fc.pre(given.views.github === 'failing' || given.evidence.github === 'unknown');
        expect(['zombie', 'ghost', 'unregistered']).not.toContain(verdictOf(given));
      }),
      runs,
    );
  });

  it('is unregistered, or nobody knows, where others have the name and no job runs: never well', () => {
    fc.assert(
      fc.property(scene, ({ evidence, views }) => {
        fc.pre(evidence.githubId !== undefined && evidence.github === undefined);
        // Its listener's own word, whoever has the name.
        fc.pre(evidence.session !== 'deprecated' && evidence.downReason !== 'version-deprecated');
        expect(['healthy', 'zombie', 'ghost', 'outdated']).not.toContain(verdictOf({ evidence, views }));
      }),
      runs,
    );
  });

  it('is never a fault of the runner while the way to GitHub is cut', () => {
    fc.assert(
      fc.property(scene, (given) => {
        const { container, brokenAt, github } = given.evidence;
        fc.pre(container !== undefined && brokenAt !== undefined && github !== 'online');
        expect(faults).not.toContain(verdictOf(given));
      }),
      runs,
    );
  });

  it('comes to each of those that there are, so that the properties are about something', () => {
    const seen = new Set(fc.sample(scene, { numRuns: 20_000, seed: 7 }).map(verdictOf));
    expect(verdicts.filter((verdict) => !seen.has(verdict))).toEqual([]);
  });

  it('of nothing is unknown, whoever answers', () => {
    expect(verdictOf({ evidence: nothing, views: both })).toBe('unknown');
  });
});
