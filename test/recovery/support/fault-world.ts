import fc from 'fast-check';
import { silentLog } from '../../../src/lib/log.ts';
import { RecoveryConfig } from '../../../src/recovery/config.ts';
import type { GithubLook } from '../../../src/recovery/findings.ts';
import { createHealer, type Healer } from '../../../src/recovery/healer.ts';
import type { RecoveryPorts } from '../../../src/recovery/ports.ts';
import { openDatabase } from '../../../src/state/database.ts';
import { createRecoveryStore } from '../../../src/state/recoveries.ts';
import { createLadderStore } from '../../../src/state/recovery-ladders.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { container, registration } from '../../support/recovery.ts';

/*
 * A world of three runners in which anything may become true at any moment, and a process that is killed and started
 * anew over the same database. Each act is held against what is true when it is done: `harm` is what must never be.
 */

const names = ['a', 'b', 'c'] as const;
type Name = (typeof names)[number];

const verdictsOfWorld = [
  ...['unhealthy', 'zombie', 'unregistered', 'session-conflict', 'crashed', 'ghost', 'starved', 'stuck-busy'],
  ...['healthy', 'busy', 'starting', 'stopped', 'cut-off', 'unknown'],
] as const;

/** Verdicts at which nothing may be touched, whoever asks. */
const untouchable = new Set(['healthy', 'busy', 'starting', 'stopped', 'cut-off', 'unknown', 'stuck-busy', 'starved']);

interface Truth {
  verdict: string;
  container: 'running' | 'crashed' | 'stopped' | 'none';
  listed: boolean;
  githubBusy: boolean;
  worker: boolean;
  factsSayWorker: boolean;
  topFails: boolean;
  helps: boolean;
}

export type Deed =
  | { readonly do: 'ask'; readonly runners: readonly Name[] }
  | { readonly do: 'become'; readonly runner: Name; readonly truth: Partial<Truth> }
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'step-clock'; readonly seconds: number }
  | { readonly do: 'github'; readonly answers: boolean }
  | { readonly do: 'kill' }
  | { readonly do: 'pause'; readonly runner: Name | undefined }
  | { readonly do: 'release'; readonly runner: Name | undefined };

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
);

export const commands: fc.Arbitrary<readonly Deed[]> = fc.array(deed, { minLength: 5, maxLength: 60, size: 'max' });

/** Ways to break recovery, each of which the property must notice. */
export const faults = [
  'GitHub is not asked whether it is busy',
  'the processes are not looked at',
  'the facts of the health check are not read',
  'a budget is forgotten at a restart',
  'a ladder is forgotten at a restart',
  'the past does not move with the clock',
  'a pause is not kept',
  'any verdict may be healed',
  'all are healed at once',
] as const;
export type Fault = (typeof faults)[number];

export function broken(fault: Fault): string {
  return `nobody noticed that ${fault}`;
}

const config = RecoveryConfig.parse({
  ...{ grace: '10s', verify_timeout: '1m' },
  budget: { attempts: 2, total: 4 },
  breaker: { pause: '10m' },
  ghosts: { after: '1m', names: ['.*'] },
});

interface Done {
  readonly what: string;
  readonly runner: Name;
  /** On a clock that nobody sets. */
  readonly at: number;
}

interface Played {
  readonly acts: readonly Done[];
  readonly outcomes: readonly string[];
  readonly harm: readonly string[];
}

/** Plays the deeds to their end, with recovery as it is or broken on purpose. */
export async function play(deeds: readonly Deed[], fault?: Fault): Promise<Played> {
  const world = createFaultWorld(fault);
  for (const one of deeds) await world.carryOut(one);
  await world.end();
  return world;
}

function createFaultWorld(fault: Fault | undefined) {
  using stack = new DisposableStack();
  const ticking = new FakeClock();
  let ahead = 0;
  const clock = {
    now: () => ticking.now() + ahead,
    monotonic: () => ticking.monotonic(),
    sleep: (ms: number, signal?: AbortSignal) => ticking.sleep(ms, signal),
  };
  const database = stack.use(openDatabase(':memory:'));
  const [acts, outcomes, harm]: [Done[], string[], string[]] = [[], [], []];
  const truths = new Map<Name, Truth>(names.map((one) => [one, { ...asAtFirst }]));
  const since = new Map<Name, number>();
  const paused = new Set<Name | undefined>();
  let githubAnswers = true;
  let healer: Healer;
  let kill: () => void;

  const of = (runner: string): Truth => truths.get(runner as Name) ?? asAtFirst;
  const nameOf = (containerName: string): Name => containerName.replace('box-', '') as Name;
  // What the ladder said when a step was begun: an act belongs to the last one.
  const begun = new Map<Name, string>();

  function containersOf(runner: string) {
    const { container: kind, factsSayWorker, verdict } = of(runner);
    if (kind === 'none') return [];
    const made = container({
      ...{ id: `id-${runner}`, running: kind === 'running', exitCode: kind === 'stopped' ? 143 : 137 },
      health: verdict === 'healthy' ? 'healthy' : 'unhealthy',
      facts:
        fault === 'the facts of the health check are not read' || !factsSayWorker ? '' : 'state=unhealthy worker=1',
    });
    return [{ ...made, name: `box-${runner}`, runner }];
  }

  function look(runner: string): GithubLook {
    if (!githubAnswers) throw new Error('HTTP 502');
    const { listed, githubBusy, verdict } = of(runner);
    const busy = githubBusy && fault !== 'GitHub is not asked whether it is busy';
    const status = verdict === 'healthy' ? 'online' : 'offline';
    return { asked: true, registrations: listed ? [registration({ name: runner, busy, status })] : [] };
  }

  function act(what: string, runner: Name): void {
    acts.push({ what, runner, at: ticking.now() });
    harm.push(...harmOf({ what, runner, truth: of(runner), githubAnswers, paused }));
    // A registration that is taken out makes nobody well.
    if (!of(runner).helps || what === 'remove') return;
    endedWell.add(runner);
    Object.assign(of(runner), { verdict: 'healthy', container: 'running', listed: true });
  }

  function start(): void {
    let isAlive = true;
    /** A process that was killed does nothing more, and hears of nothing. */
    const alive = <T>(value: T): T | Promise<never> => (isAlive ? value : new Promise<never>(() => undefined));
    const guard =
      <A extends unknown[], T>(work: (...args: A) => T) =>
      async (...args: A): Promise<T> => {
        await alive(undefined);
        const value = work(...args);
        return alive(value);
      };
    const store = createRecoveryStore(database);
    const ladders = createLadderStore(database);
    if (fault === 'a budget is forgotten at a restart') database.run('DELETE FROM recovery');
    if (fault === 'a ladder is forgotten at a restart') database.run('DELETE FROM recovery_ladder');
    store.bound(clock.now());
    ladders.bound(clock.now());
    ladders.closeInterrupted();
    store.closeInterrupted(clock.now());
    const isStill = fault === 'the past does not move with the clock';
    const ports: RecoveryPorts = {
      clock: { ...clock, sleep: async (ms, signal) => alive(await clock.sleep(ms, signal)) },
      ...{ log: silentLog, audit: () => undefined },
      verdictOf: (runner) => {
        const { verdict } = of(runner);
        const shown = fault === 'any verdict may be healed' && untouchable.has(verdict) ? 'unhealthy' : verdict;
        return { verdict: shown, because: '', since: since.get(runner as Name) ?? 0 };
      },
      docker: {
        containersOf: guard(containersOf),
        inspect: guard((id) => containersOf(id.replace('id-', ''))[0]),
        top: guard((box) => {
          const { worker, topFails } = of(nameOf(box));
          if (topFails) throw new Error('no answer');
          return worker && fault !== 'the processes are not looked at'
            ? ['/bin/Runner.Worker spawnclient']
            : ['run.sh'];
        }),
        start: guard((box) => act('start', nameOf(box))),
        restart: guard((box) => act('restart', nameOf(box))),
      },
      github: {
        look: guard(look),
        remove: guard(({ runner }) => {
          act('remove', runner.name as Name);
          return true;
        }),
      },
      isOurs: () => false,
      switchedOff: () => undefined,
      store: isStill ? { ...store, shift: () => undefined } : store,
      ladders: {
        ...ladders,
        ...(isStill && { shift: () => undefined }),
        ...(fault === 'a pause is not kept' && { holds: () => [] }),
        put: (state) => {
          const step = state.steps.find(({ outcome }) => outcome === 'started');
          if (step && isAlive) noteBegun(state.runner as Name, `${step.verdict} ${step.action}`, state.steps.length);
          ladders.put(state);
        },
      },
      meter: { count: (_, outcome) => outcomes.push(outcome), detected: () => undefined, recovered: () => undefined },
    };
    const stop = new AbortController();
    const settings = fault === 'all are healed at once' ? { ...config, max_concurrent: 9 } : config;
    healer = createHealer(() => settings, ports, stop.signal);
    kill = () => {
      isAlive = false;
      begun.clear();
    };
  }

  /** One at a time, each once: by the steps that a runner has taken since it was last well. */
  const taken = new Map<Name, Set<string>>();
  function noteBegun(runner: Name, step: string, length: number): void {
    // The first step of a ladder that begins, or begins anew after its pause.
    if (length === 1) limits(runner, step);
    const steps = length === 1 ? new Set<string>() : (taken.get(runner) ?? new Set());
    if (steps.has(step)) harm.push(`${runner} ${step} was repeated`);
    taken.set(runner, steps.add(step));
    begun.set(runner, step);
    // One that only waits touches nothing.
    const touching = [...healer.acting()].filter((other) => !begun.get(other as Name)?.endsWith(' wait'));
    if (touching.length > 0 && !step.endsWith(' wait')) harm.push(`${runner} ${step} began beside another`);
  }

  /** A ladder that did not help begins anew only after its pause, and one that was released or helped at once. */
  const beganAt = new Map<Name, number>();
  function limits(runner: Name, step: string): void {
    const before = beganAt.get(runner);
    const isEnded = endedWell.has(runner);
    endedWell.delete(runner);
    beganAt.set(runner, ticking.now());
    if (before === undefined || isEnded) return;
    if (ticking.now() - before < config.breaker.pause)
      harm.push(`${runner} ${step} began a ladder before its pause was over`);
  }
  const endedWell = new Set<Name>();

  function observe(): void {
    for (const runner of names) if (['healthy', 'busy'].includes(of(runner).verdict)) endedWell.add(runner);
    healer.observe();
  }

  const doing: { readonly [D in Deed['do']]: (one: Extract<Deed, { do: D }>) => void | Promise<void> } = {
    ask: async ({ runners }) => {
      for (const runner of runners) void healer.recover({ runner, alerts: ['A'] });
      // Nothing changes between the last question and the act: nobody could ask later than that.
      await ticking.advance(0);
    },
    become: ({ runner, truth: next }) => {
      const now = of(runner);
      if (next.verdict !== undefined && next.verdict !== now.verdict) since.set(runner, clock.now());
      Object.assign(now, next);
    },
    pass: async ({ seconds }) => {
      // In parts, because the process looks around by itself.
      const parts = Math.min(5, seconds);
      for (let part = 0; part < parts; part++) {
        await ticking.advance((seconds * 1000) / parts);
        observe();
      }
    },
    'step-clock': ({ seconds }) => {
      ahead += seconds * 1000;
      // A step while no process runs cannot be known: this one is seen before anything else happens.
      observe();
    },
    github: ({ answers }) => {
      githubAnswers = answers;
    },
    kill: () => {
      kill();
      start();
    },
    pause: ({ runner }) => {
      createLadderStore(database).hold({ runner, at: clock.now(), until: undefined, by: 'p', reason: '' });
      paused.add(runner);
    },
    release: ({ runner }) => {
      createLadderStore(database).release(runner);
      paused.delete(runner);
    },
  };

  start();
  const owned = stack.move();
  return {
    ...{ acts, outcomes, harm },
    carryOut: async (one: Deed) => doing[one.do](one as never),
    end: async () => {
      harm.push(...overBudget(acts));
      kill();
      await ticking.advance(0);
      owned.dispose();
    },
  };
}

const asAtFirst: Truth = {
  ...{ verdict: 'unhealthy', container: 'running', listed: true, githubBusy: false },
  ...{ worker: false, factsSayWorker: false, topFails: false, helps: false },
};

/** What must never be true of an act at the moment when it is done. */
function harmOf({
  what,
  runner,
  truth: now,
  githubAnswers,
  paused,
}: {
  what: string;
  runner: Name;
  truth: Truth;
  githubAnswers: boolean;
  paused: ReadonlySet<Name | undefined>;
}): readonly string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [now.githubBusy && now.listed, 'GitHub says busy'],
    [now.worker && now.container === 'running', 'a worker runs'],
    [now.factsSayWorker && now.container === 'running', 'the health check says that a worker runs'],
    [now.topFails && now.container === 'running', 'nobody knows whether a worker runs'],
    [!githubAnswers, 'GitHub does not answer'],
    [untouchable.has(now.verdict), `it is ${now.verdict}`],
    [now.container === 'stopped', 'a person stopped it'],
    [paused.has(runner) || paused.has(undefined), 'it is paused'],
    [what === 'remove' && now.verdict === 'ghost' && now.container !== 'none', 'it has a container'],
  ];
  return rules.filter(([isTrue]) => isTrue).map(([, why]) => `${what} of ${runner}, though ${why}`);
}

/** In any window of an hour of real time, whatever the wall clock was set to. A re-registration is one action. */
function overBudget(acts: readonly Done[]): readonly string[] {
  const { attempts, total, window } = config.budget;
  const counted = acts.filter(({ what, runner, at }, index) => {
    const before = acts.slice(0, index).findLast((other) => other.runner === runner);
    return !(what === 'restart' && before && before.what === 'remove' && at - before.at < 120_000);
  });
  return counted.flatMap(({ runner, at }) => {
    const within = counted.filter((other) => other.at <= at && other.at > at - window);
    const own = within.filter((other) => other.runner === runner).length;
    return [
      ...(own > attempts ? [`${own} actions on ${runner} within an hour`] : []),
      ...(within.length > total ? [`${within.length} actions within an hour`] : []),
    ];
  });
}
