import type { Hold, LadderState, NotedRuling, TriedStep } from '../state/recovery-ladders.ts';
import type { Cordon } from '../state/runner-cordons.ts';
import { allowance } from './budget.ts';
import type { RecoveryConfig } from './config.ts';
import { beginLadder, resumeLadder, rungOf } from './ladder.ts';
import { ladderOf, page } from './ladder-config.ts';
import type { JudgedRunner, RecoveryPorts } from './ports.ts';
import { heldBack, nothingToHeal, type Ruling } from './safety.ts';

/** Why a runner is healed or not. Times are ms since the epoch. */
export interface RunnerWhy {
  readonly runner: string;
  readonly judged: JudgedRunner | undefined;
  /** Whether a step is under way at this moment. */
  readonly acting: boolean;
  readonly dryRun: boolean;
  readonly holds: readonly Hold[];
  /** The steps for its verdict, in their order; undefined where there are none. */
  readonly steps: readonly (Partial<TriedStep> & { readonly step: string })[] | undefined;
  /** Whose labels were taken away, by whom. */
  readonly cordons: readonly Cordon[];
  /** What was tried since it was last well; undefined where nothing was to be. */
  readonly ladder: LadderState | undefined;
  readonly budget: {
    readonly left: number;
    readonly of: number;
    readonly totalLeft: number;
    readonly totalOf: number;
    readonly windowSeconds: number;
  };
  /** What happens when an alert asks the next time: a step, or why there is none; `at` is when that may be otherwise. */
  readonly next: { readonly step: string | undefined; readonly reason: string; readonly at: number | undefined };
  /** The newest first. */
  readonly decisions: readonly NotedRuling[];
}

/** Undefined where nothing is known of the runner, and nothing was ever decided. */
export function whyOf(
  runner: string,
  { settings, ports, acting }: { settings: RecoveryConfig; ports: RecoveryPorts; acting: boolean },
): RunnerWhy | undefined {
  const { clock, ladders, store } = ports;
  const cordons = ports.cordons.of(runner);
  const judged = judgedOf(ports, runner);
  const decisions = ladders.rulings(runner);
  const ladder = ladders.get(runner);
  const now = clock.now();
  const holds = ladders.holds(now).filter((hold) => hold.runner === undefined || hold.runner === runner);
  if (!judged && decisions.length === 0 && !ladder && holds.length + cordons.length === 0) return undefined;
  const since = now - settings.budget.window;
  const attempts = { own: store.startsSince(since, runner), all: store.startsSince(since) };
  const allowed = allowance(settings, attempts, { runner, now });
  const steps = judged && ladderOf(settings.ladders, judged.verdict);
  const { attempts: of, total: totalOf, window } = settings.budget;
  return {
    ...{ runner, judged, acting, holds, ladder, decisions, dryRun: settings.dry_run, cordons },
    steps: steps?.map((step) => ({ step, ...triedAt(ladder, step, judged?.verdict) })),
    budget: { left: allowed.left, of, totalLeft: allowed.totalLeft, totalOf, windowSeconds: window / 1000 },
    next: acting
      ? { step: undefined, reason: 'a step is under way', at: undefined }
      : nextOf(runner, { settings, ports, judged, ladder, limit: allowed.allowed ? undefined : allowed }),
  };
}

/** No more of it than recovery reads, and the evidence. */
function judgedOf({ verdictOf }: RecoveryPorts, runner: string): JudgedRunner | undefined {
  const judged = verdictOf(runner);
  return judged && { verdict: judged.verdict, because: judged.because, since: judged.since, facts: judged.facts };
}

function triedAt(ladder: LadderState | undefined, step: string, verdict: string | undefined): TriedStep | undefined {
  return ladder?.steps.find((one) => one.action === step && one.verdict === verdict);
}

interface Known {
  readonly settings: RecoveryConfig;
  readonly ports: RecoveryPorts;
  readonly judged: JudgedRunner | undefined;
  readonly ladder: LadderState | undefined;
  /** What the budget says against an action now. */
  readonly limit: Ruling | undefined;
}

function nextOf(runner: string, { settings, ports, judged, ladder, limit }: Known): RunnerWhy['next'] {
  const held = heldBack(settings, ports, runner);
  const steps = judged && ladderOf(settings.ladders, judged.verdict);
  const refused = held ?? (judged && steps ? undefined : nothingToHeal(judged));
  if (refused || !judged || !steps) return without(refused);
  const now = ports.clock.now();
  const state = ladder ? resumeLadder(ladder, settings, now) : beginLadder(runner, judged, now);
  const rung = rungOf(state, { steps, verdict: judged.verdict }, settings);
  if (rung.kind !== 'step') return without(rung.ruling);
  const { step } = rung;
  if (limit && step !== page && step !== 'wait') return { step, reason: limit.reason, at: limit.at };
  return { step, reason: 'when an alert asks, and nothing speaks against it at that moment', at: undefined };
}

function without(ruling: Ruling | undefined): RunnerWhy['next'] {
  return { step: undefined, reason: ruling?.reason ?? '', at: ruling?.at };
}
