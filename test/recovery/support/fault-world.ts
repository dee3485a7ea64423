import { silentLog } from '../../../src/lib/log.ts';
import { uncordon } from '../../../src/recovery/cordon.ts';
import { createDrains, type Drains } from '../../../src/recovery/drains.ts';
import type { GithubLook } from '../../../src/recovery/findings.ts';
import { createHealer, type Healer } from '../../../src/recovery/healer.ts';
import type { RecoveryPorts } from '../../../src/recovery/ports.ts';
import { openDatabase } from '../../../src/state/database.ts';
import { createRecoveryStore } from '../../../src/state/recoveries.ts';
import { createLadderStore } from '../../../src/state/recovery-ladders.ts';
import { createCordonStore } from '../../../src/state/runner-cordons.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { container, registration } from '../../support/recovery.ts';
import { asAtFirst, type Deed, type Name, names, type Truth } from './fault-deeds.ts';
import { config, type Done, harmOf, harmOfDrain, overBudget, untouchable } from './fault-harm.ts';

/*
 * A world of three runners in which anything may become true at any moment, and a process that is killed and started
 * anew over the same database. Each act is held against what is true when it is done: `harm` is what must never be.
 */

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
  'labels that are taken are not remembered',
  'recovery does not know of a drain',
] as const;
export type Fault = (typeof faults)[number];

export function broken(fault: Fault): string {
  return `nobody noticed that ${fault}`;
}

/** A registration that is taken out makes nobody well, nor do lost labels, nor does what Docker removed. */
const mends: ReadonlySet<string> = new Set(['start', 'restart']);

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
  let drains: Drains;
  let draining = new Set<string>();
  let giveBack: (runner: Name) => Promise<unknown>;
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
    const own = { id: idOf(runner), name: runner, customLabels: labels.get(runner as Name) ?? [] };
    return { asked: true, registrations: listed ? [registration({ ...own, busy, status })] : [] };
  }

  const idOf = (runner: string): number => names.indexOf(runner as Name);
  const labels = new Map<Name, readonly string[]>(names.map((one) => [one, ['gpu', 'lan']]));
  const cordons = createCordonStore(database);

  /** What is neither at GitHub nor on disk is lost. */
  function relabel(runner: Name, next: readonly string[]): boolean {
    if (!githubAnswers) throw new Error('HTTP 502');
    labels.set(runner, next);
    const kept = new Set([...next, ...cordons.of(runner).flatMap((one) => one.labels)]);
    if (kept.size < 2) harm.push(`labels of ${runner} were lost`);
    return true;
  }

  function act(what: string, runner: Name): void {
    acts.push({ what, runner, at: ticking.now() });
    harm.push(...harmOf({ what, runner, truth: of(runner), githubAnswers, paused, draining }));
    if (!of(runner).helps || !mends.has(what)) return;
    endedWell.add(runner);
    Object.assign(of(runner), { verdict: 'healthy', container: 'running', listed: true });
  }

  /** By a drain: recovery itself stops nobody. */
  function stop(runner: Name): void {
    if (!draining.has(runner)) harm.push(`recovery stopped ${runner}`);
    harm.push(...harmOfDrain(runner, of(runner), githubAnswers));
    outcomes.push('drained');
    since.set(runner, clock.now());
    Object.assign(of(runner), { verdict: 'stopped', container: 'stopped' });
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
        stop: guard((box) => stop(nameOf(box))),
        prune: guard((prune) => {
          if (prune.what === 'job-containers') act('prune', prune.runner as Name);
          else harm.push(`${prune.what} may belong to others`);
          return 0;
        }),
      },
      github: {
        look: guard(look),
        remove: guard(({ runner }) => {
          act('remove', runner.name as Name);
          return true;
        }),
        removeLabels: guard(({ id }) => {
          const runner = names[id] ?? 'a';
          if (!draining.has(runner)) act('cordon', runner);
          return relabel(runner, []);
        }),
        addLabels: guard(({ id }, given) => {
          const runner = names[id] ?? 'a';
          const isHeld = paused.has(runner) || paused.has(undefined);
          if (isHeld && !draining.has(runner) && !uncordoning.has(runner))
            harm.push(`uncordon of ${runner}, though it is paused`);
          return relabel(runner, [...new Set([...(labels.get(runner) ?? []), ...given])]);
        }),
      },
      cordons: fault === 'labels that are taken are not remembered' ? { ...cordons, put: () => undefined } : cordons,
      isDraining: (runner) => fault !== 'recovery does not know of a drain' && draining.has(runner),
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
    const stopping = new AbortController();
    draining = new Set();
    drains = createDrains(ports, draining, stopping.signal);
    giveBack = (runner) => uncordon(ports, { runner, by: 'p' }, stopping.signal).catch(() => undefined);
    const settings = fault === 'all are healed at once' ? { ...config, max_concurrent: 9 } : config;
    healer = createHealer(() => settings, ports, stopping.signal);
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
  const uncordoning = new Set<Name>();

  async function observe(): Promise<void> {
    for (const runner of names) if (['healthy', 'busy'].includes(of(runner).verdict)) endedWell.add(runner);
    healer.observe();
    // Here, too, nothing changes between the question and what follows from it.
    await ticking.advance(0);
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
        await observe();
      }
    },
    'step-clock': async ({ seconds }) => {
      ahead += seconds * 1000;
      // A step while no process runs cannot be known: this one is seen before anything else happens.
      await observe();
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
    drain: async ({ runner, stop: isStop, seconds }) => {
      // As the API does: whoever heals has to end first.
      if (draining.has(runner) || healer.acting().has(runner)) return;
      drains.begin({ runner, by: 'p', timeoutMs: seconds * 1000, stop: isStop, graceMs: 10_000 });
      await ticking.advance(0);
    },
    uncordon: async ({ runner }) => {
      drains.cancel(runner);
      await ticking.advance(0);
      uncordoning.add(runner);
      await giveBack(runner);
      uncordoning.delete(runner);
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
