import { reasonOf } from '../lib/log.ts';
import type { Action } from './actions/action.ts';
import { actions } from './actions/index.ts';
import { findingsOf } from './ask.ts';
import { allowance } from './budget.ts';
import type { RecoveryConfig } from './config.ts';
import type { Findings } from './findings.ts';
import { beginLadder, resumeLadder, rungOf, withPage, withStep } from './ladder.ts';
import { ladderOf, page, type Step } from './ladder-config.ts';
import type { RecoveryRequest } from './payload.ts';
import type { RecoveryPorts } from './ports.ts';
import { type Intent, objection } from './precondition.ts';
import { heldBack, nothingToHeal, objectionToGhost, type Ruling } from './safety.ts';
import type { Case, Move } from './step.ts';

/** A ruling on one step; `none` where it is on no step. */
export type Stepped = Ruling & { readonly action: string };

interface Parts {
  readonly config: () => RecoveryConfig;
  readonly ports: RecoveryPorts;
  readonly signal: AbortSignal;
  /** Moves the past with the wall clock where that was set. */
  readonly followClock: () => void;
  /** How many steps are under way that touch something. */
  readonly acting: () => number;
  /** Takes the step. What it writes is written when it returns. */
  readonly begin: (move: Move) => void;
}

/** Says what is done for a runner, and begins it. What speaks against it at no cost is asked first. */
export function createDecider({ config, ports, signal, followClock, acting, begin }: Parts) {
  const { clock, ladders } = ports;

  async function attempt(asked: Case, action: Action): Promise<Ruling | Unfit> {
    const unfit = action.unfit?.(asked.judged, undefined);
    if (unfit !== undefined) return { unfit };
    const over = refused(ports, asked, action, acting());
    if (over) return over;
    const { request, judged } = asked;
    const findings = await findingsOf(ports, request.runner, signal, judged.container).catch(reasonOf);
    if (typeof findings === 'string') return { outcome: 'unknown', reason: findings };
    const objected = objectionTo(ports, asked, action, findings);
    if (objected) return objected;
    const found = action.unfit?.(asked.judged, findings);
    return found === undefined ? beginUnlessLate(asked, action, findings) : { unfit: found };
  }

  /** From here on nothing waits: what is true now is true when the step is on disk. */
  function beginUnlessLate(asked: Case, action: Action, findings: Findings): Ruling {
    followClock();
    const late = heldBack(config(), ports, asked.request.runner) ?? changed(ports, asked);
    const refusal = late ?? refused(ports, asked, action, acting());
    if (refusal) return refusal;
    if (asked.settings.dry_run) {
      return { outcome: 'dry-run', reason: `recovery.dry_run is true: ${action.name} would be next` };
    }
    begin({ ...asked, action, findings });
    return { outcome: 'started', reason: `it is ${asked.judged.verdict}; asked by ${asked.request.alerts.join(', ')}` };
  }

  return async function decide(request: RecoveryRequest): Promise<Stepped> {
    const { runner } = request;
    const settings = config();
    const held = heldBack(settings, ports, runner);
    if (held) return { action: 'none', ...held };
    const judged = ports.verdictOf(runner);
    const steps = judged && ladderOf(settings.ladders, judged.verdict);
    if (!judged || !steps) return { action: 'none', ...nothingToHeal(judged) };
    const known = ladders.get(runner);
    const now = clock.now();
    const state = known ? resumeLadder(known, settings, now) : beginLadder(runner, judged, now);
    const { stepped, asked } = await climb({ request, settings, judged, state }, steps);
    if (!known && begins.has(stepped.outcome)) noteDetection(ports, asked);
    return stepped;
  };

  /** The next step; one that can do nothing for this runner is noted, and makes way for the one after it. */
  async function climb(asked: Case, steps: readonly Step[]): Promise<{ stepped: Stepped; asked: Case }> {
    const { request, settings, judged, state } = asked;
    const rung = rungOf(state, { steps, verdict: judged.verdict }, settings);
    if (rung.kind !== 'step') return { asked, stepped: { action: 'none', ...rung.ruling } };
    const { step } = rung;
    const ruling = step === page ? askPerson(ports, asked) : await attempt(asked, actions[step]);
    if (!('unfit' in ruling)) return { asked, stepped: { action: step, ...tellingOfBudget(ports, asked, ruling) } };
    ports.log.info({ runner: request.runner, action: step, reason: ruling.unfit }, 'recovery step skipped');
    return climb({ ...asked, state: withSkipped(ports, asked, step, ruling.unfit) }, steps);
  }
}

interface Unfit {
  readonly unfit: string;
}

function withSkipped({ clock, ladders }: RecoveryPorts, { judged, state }: Case, action: string, reason: string) {
  const step = { verdict: judged.verdict, action, at: clock.now(), outcome: 'skipped', reason } as const;
  const skipped = withStep(state, step);
  ladders.put(skipped);
  return skipped;
}

/** Outcomes that say that a fault was seen; the others say that there was none, or that nobody knows. */
const begins: ReadonlySet<Ruling['outcome']> = new Set(['started', 'paged', 'dry-run', 'busy', 'budget', 'waiting']);

function noteDetection({ clock, ladders, meter }: RecoveryPorts, { state, judged }: Case): void {
  if (ladders.get(state.runner) === undefined) ladders.put(state);
  meter.detected(judged.verdict, clock.now() - state.since);
}

/** The last step of every ladder: what it says on disk is shown as a metric until the runner is well. */
export function askPerson({ clock, ladders }: RecoveryPorts, { settings, judged, state }: Case): Ruling {
  const ended = withPage(state, judged.verdict, settings, clock.now());
  ladders.put(ended);
  const quarantined = ended.quarantinedAt === undefined ? '' : '; it is quarantined until a person releases it';
  return { outcome: 'paged', reason: `it is ${judged.verdict}, and nothing is left to try${quarantined}` };
}

/** Nothing may be done for long, so that a person is asked meanwhile; the ladder goes on when the budget is free again. */
function tellingOfBudget({ clock, ladders }: RecoveryPorts, { state, judged }: Case, ruling: Ruling): Ruling {
  if (ruling.outcome !== 'budget') return ruling;
  if (!state.page) ladders.put({ ...state, page: { at: clock.now(), verdict: judged.verdict } });
  return { ...ruling, reason: `${ruling.reason}; a person is asked` };
}

/** By the limits: how many at a time, and how often. */
function refused({ clock, store }: RecoveryPorts, asked: Case, action: Action, acting: number): Ruling | undefined {
  const { settings, request } = asked;
  if (!action.touches) return undefined;
  if (acting >= settings.max_concurrent) {
    return {
      outcome: 'waiting',
      reason: `${acting} recoveries are under way, and recovery.max_concurrent allows no more`,
    };
  }
  const now = clock.now();
  const since = now - settings.budget.window;
  const attempts = { own: store.startsSince(since, request.runner), all: store.startsSince(since) };
  const allowed = allowance(settings, attempts, { runner: request.runner, now });
  return allowed.allowed ? undefined : { outcome: allowed.outcome, reason: allowed.reason, at: allowed.at };
}

function objectionTo(ports: RecoveryPorts, asked: Case, action: Action, findings: Findings): Ruling | undefined {
  const { settings, judged, request } = asked;
  if (action.needs === 'container' && !findings.container) {
    return { outcome: 'no-container', reason: 'no container here is labelled as this runner' };
  }
  const intent: Intent = {
    ...{ action: action.name, needs: action.needs, verdict: judged.verdict },
    evenBusy: judged.verdict === 'stuck-busy' && settings.allow_stuck_busy,
  };
  const objected = objection(findings, intent);
  if (objected || action.needs === 'container') return objected;
  const { runner } = request;
  return objectionToGhost(settings, { runner, judged, isOurs: ports.isOurs(runner), now: ports.clock.now() });
}

/** The evidence may have changed while it was asked. */
function changed({ verdictOf }: RecoveryPorts, { request, judged }: Case): Ruling | undefined {
  const now = verdictOf(request.runner);
  if (now?.verdict === judged.verdict) return undefined;
  return {
    outcome: 'waiting',
    reason: `it is ${now?.verdict ?? 'unknown'} now, and was ${judged.verdict} a moment ago`,
  };
}
