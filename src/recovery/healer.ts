import { createStepWatch } from '../lib/clock-step.ts';
import { reasonOf } from '../lib/log.ts';
import type { LadderState } from '../state/recovery-ladders.ts';
import { carryOut } from './carry-out.ts';
import type { RecoveryConfig } from './config.ts';
import { createCordonEnd } from './cordon-end.ts';
import { askPerson, createDecider, type Stepped } from './decide.ts';
import { rungOf, withOutcome, withStep } from './ladder.ts';
import { ladderOf, page } from './ladder-config.ts';
import type { RecoveryRequest } from './payload.ts';
import type { RecoveryPorts } from './ports.ts';
import { closeHealed, createSettler } from './settle.ts';
import type { Move } from './step.ts';
import { tellEnd, tellRuling } from './tell.ts';
import type { Verification } from './verify.ts';

/** What was decided for one runner, and why: also the decision not to act. */
export interface Decision extends Stepped {
  readonly runner: string;
}

export interface Healer {
  /** Decides at once; the step and its proof go on in the background. Never rejects. */
  recover(request: RecoveryRequest): Promise<Decision>;
  /** Closes the ladders of runners that are well, and follows the wall clock where it was set. */
  observe(): void;
  /** The runners on which a step is under way. */
  acting(): ReadonlySet<string>;
  /** Ends when nothing is under way. */
  settled(): Promise<void>;
}

export function createHealer(config: () => RecoveryConfig, ports: RecoveryPorts, signal: AbortSignal): Healer {
  // At most one entry per runner: two alerts about the same runner must not touch it twice.
  const acting = new Map<string, { readonly done: Promise<void>; readonly touches: boolean }>();
  const deciding = new Set<string>();
  const followClock = clockFollower(ports);
  const decide = createDecider({ config, ports, signal, followClock, acting: touching, begin });
  const settle = createSettler(ports);
  const cordonEnd = createCordonEnd(config, ports, signal);

  function touching(): number {
    return [...acting.values()].filter(({ touches }) => touches).length;
  }

  async function recover(request: RecoveryRequest): Promise<Decision> {
    const { runner } = request;
    followClock();
    const isUnderWay = acting.has(runner) || deciding.has(runner);
    const ruling: Stepped = isUnderWay
      ? { action: 'none', outcome: 'in-progress', reason: 'an earlier recovery has not ended yet' }
      : await exclusive(request);
    tellRuling(ports, request, { ...ruling, verdict: verdictWord(ports, runner) });
    return { runner, ...ruling };
  }

  async function exclusive(request: RecoveryRequest): Promise<Stepped> {
    deciding.add(request.runner);
    try {
      return await decide(request);
    } catch (error) {
      return { action: 'none', outcome: 'unknown', reason: reasonOf(error) };
    } finally {
      deciding.delete(request.runner);
    }
  }

  function begin(move: Move): void {
    const attempt = noteBegin(ports, move);
    const { runner } = move.request;
    const ended = carryOut(move, { config, ports, signal }).then((outcome) => {
      acting.delete(runner);
      // Interrupted by our own end: all stays open on disk, and the next start closes it.
      if (signal.aborted) return;
      followClock();
      noteEnd(ports, move, attempt, outcome);
    });
    const done = ended.catch((error: unknown) =>
      ports.log.error({ runner, reason: reasonOf(error) }, 'the end of a recovery could not be kept'),
    );
    acting.set(runner, { done, touches: move.action.touches });
  }

  return {
    recover,
    observe: () => {
      followClock();
      for (const state of ports.ladders.all()) if (!acting.has(state.runner)) settle(state);
      cordonEnd.observe((runner) => acting.has(runner) || deciding.has(runner));
    },
    acting: () => new Set(acting.keys()),
    settled: async () => {
      await Promise.all([...[...acting.values()].map(({ done }) => done), cordonEnd.settled()]);
    },
  };
}

/** Moves what is on disk with the wall clock where that was set, so that budgets and pauses keep their lengths. */
function clockFollower({ clock, ladders, store, log }: RecoveryPorts): () => void {
  const stepOf = createStepWatch(clock);
  return () => {
    const ms = stepOf();
    if (ms === 0) return;
    ladders.transaction(() => {
      store.shift(ms);
      ladders.shift(ms);
    });
    log.warn({ ms }, 'the wall clock was set; the times of recovery were moved with it');
  };
}

/** On disk before the act: a crash in the middle must make neither the budget nor the ladder forget it. */
function noteBegin({ clock, ladders, store }: RecoveryPorts, move: Move): number | undefined {
  const { request, judged, state, action, findings } = move;
  const at = clock.now();
  return ladders.transaction(() => {
    ladders.put(withStep(state, { verdict: judged.verdict, action: action.name, at, outcome: 'started', reason: '' }));
    const container = findings.container?.id ?? '';
    return action.touches ? store.begin({ ...request, container, action: action.name }, at) : undefined;
  });
}

function noteEnd(ports: RecoveryPorts, move: Move, attempt: number | undefined, outcome: Verification): void {
  const { clock, ladders, store } = ports;
  const { runner } = move.request;
  const came = outcome.well || outcome.done ? 'succeeded' : 'failed';
  tellEnd(ports, { runner, action: move.action.name, outcome });
  if (attempt !== undefined) store.finish(attempt, came, clock.now());
  const state = ladders.get(runner);
  if (!state) return;
  const ended = withOutcome(state, came, outcome.well ? 'it is well again' : outcome.reason);
  ladders.put(ended);
  if (outcome.well) closeHealed(ports, ended);
  else pageIfLast(ports, move, ended);
}

/** Nobody has to ask once more to be told that nothing is left. */
function pageIfLast(ports: RecoveryPorts, move: Move, state: LadderState): void {
  const { settings, request } = move;
  const judged = ports.verdictOf(request.runner) ?? move.judged;
  const steps = ladderOf(settings.ladders, judged.verdict);
  const rung = steps && rungOf(state, { steps, verdict: judged.verdict }, settings);
  if (rung?.kind !== 'step' || rung.step !== page) return;
  const ruling = askPerson(ports, { request, settings, judged, state });
  tellRuling(ports, request, { ...ruling, action: page, verdict: judged.verdict });
}

function verdictWord({ verdictOf }: RecoveryPorts, runner: string): string {
  return verdictOf(runner)?.verdict ?? 'unknown';
}
