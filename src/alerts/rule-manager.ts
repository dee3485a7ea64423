import type { Clock } from '../lib/clock.ts';
import { oneAtATime, otherTurns } from '../lib/event-loop.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import type { Alert } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import type { History } from '../samples/history.ts';
import type { AlertStateStore } from '../state/alert-state.ts';
import { keepAlerts, restoreAlerts, snapshot } from './alert-keeper.ts';
import { type AlertState, step } from './alert-machine.ts';
import { beginningOf } from './restore.ts';
import { type Moment, scopeAt } from './rule-evaluation.ts';
import { createRuns, type Remarks, type RuleRun, type Tracked } from './rule-runs.ts';
import type { Rule, RuleGroup } from './rules.ts';
import { alertOf, needsSending } from './sending.ts';

/** An alert as the rules see it; a resolved one is none. */
export interface ActiveAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: 'pending' | 'firing';
  readonly activeAt: number;
  readonly value: number;
}

export interface RuleHealth {
  readonly file: string;
  readonly group: string;
  readonly rule: Rule;
  readonly health: 'unknown' | 'ok' | 'err';
  readonly lastError: string | undefined;
  readonly remarks: Remarks;
  readonly lastEvaluation: number | undefined;
  readonly durationMs: number;
  readonly alerts: readonly ActiveAlert[];
}

export interface RuleManager {
  /**
   * Evaluates every group in order, whatever its interval: at once, on an event. Never rejects. What takes long lets
   * others have their turn in between; what does not is done when this returns.
   */
  evaluate(at: number): Promise<void>;
  /** Evaluates the groups whose interval has passed: call it on the evaluation interval. Never rejects. */
  evaluateDue(at: number): Promise<void>;
  alerts(): readonly ActiveAlert[];
  rules(): readonly RuleHealth[];
}

export interface RuleManagerDeps {
  readonly groups: readonly RuleGroup[];
  /** Of groups that name none. */
  readonly intervalMs: number;
  readonly history: History;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: AlertStateStore;
  readonly externalURL: string;
  /** What templates see as `$externalLabels`; none by default. */
  readonly externalLabels?: Labels;
  /** One call per evaluation, with everything that is due to be said: so that an inhibition sees its source. */
  onAlerts(alerts: readonly Alert[]): void;
}

/** Rules are evaluated for so long before others get a turn: an API call must not wait for a thousand of them. */
const stretchMs = 10;

/** Ticks come a little early or late; a group is not skipped for that. */
const dueTolerance = 0.1;

/** The alerts of rules that are no longer there, which only have to end. */
const retiredRule = { forMs: 0, keepFiringForMs: 0 };

export function createRuleManager(deps: RuleManagerDeps): RuleManager {
  const { groups, intervalMs, clock, log } = deps;
  const restoredAt = clock.now();
  const startedAt = beginningOf(deps.history, restoredAt);
  const runs = createRuns(groups, deps);
  const retired = restoreInto(runs, deps, restoredAt);
  const tracked = [...runs, ...retired];
  const dueAt = new Map<RuleGroup, number>();
  const inTurn = oneAtATime();

  function evaluateRun(run: RuleRun, moment: Moment): void {
    const from = clock.monotonic();
    try {
      run.evaluate(run, moment);
      run.lastError = undefined;
    } catch (error) {
      // What was active stays so and is said again: a rule that cannot be evaluated must not look like a recovery.
      run.lastError = reasonOf(error);
      log.warn({ rule: run.rule.name, group: run.group.name, reason: run.lastError }, 'rule failed');
    }
    run.lastEvaluation = moment.at;
    run.durationMs = clock.monotonic() - from;
  }

  async function evaluateGroups(chosen: ReadonlySet<RuleGroup>, at: number): Promise<void> {
    const before = snapshot(tracked);
    const moment = { at, sinceStart: at - startedAt, scope: scopeAt(deps, at) };
    let stretch = clock.monotonic();
    for (const run of runs) {
      if (!chosen.has(run.group)) continue;
      evaluateRun(run, moment);
      if (clock.monotonic() - stretch < stretchMs) continue;
      await otherTurns();
      stretch = clock.monotonic();
    }
    for (const gone of retired) {
      gone.states = step(gone.states, { rule: retiredRule, found: [], at, generatorURL: '', settled: true });
    }
    const due = [
      ...runs.flatMap((run) => takeDue(run, at, run.group.intervalMs ?? intervalMs)),
      ...retired.flatMap((gone) => takeDue(gone, at, intervalMs)),
    ];
    keepAlerts(deps, { before, after: snapshot(tracked), at });
    if (due.length > 0) deps.onAlerts(due);
  }

  return {
    evaluate: (at) => inTurn(() => evaluateGroups(new Set(groups), at)),
    evaluateDue(at) {
      const due = groups.filter((group) => at >= (dueAt.get(group) ?? at));
      for (const group of due) dueAt.set(group, at + (group.intervalMs ?? intervalMs) * (1 - dueTolerance));
      return inTurn(() => evaluateGroups(new Set(due), at));
    },
    alerts: () => runs.flatMap(activeAlerts),
    rules: () => runs.map(healthOf),
  };
}

/** Gives each rule the alerts it had; returns those whose rule is gone. */
function restoreInto(runs: readonly RuleRun[], deps: RuleManagerDeps, at: number): readonly Tracked[] {
  const left = restoreAlerts(deps, at);
  for (const run of runs) run.states = left.get(run.id) ?? run.states;
  const known = new Set(runs.map(({ id }) => id));
  return [...left].filter(([id]) => !known.has(id)).map(([id, states]) => ({ id, states }));
}

/** The alerts that are due to be said; marks them as said. */
function takeDue(tracked: Tracked, at: number, intervalMs: number): readonly Alert[] {
  const due = [...tracked.states.values()].filter((state) => needsSending(state, at));
  if (due.length === 0) return [];
  const said = due.map((state): [string, AlertState] => [state.fingerprint, { ...state, sentAt: at }]);
  tracked.states = new Map([...tracked.states, ...said]);
  return due.map((state) => alertOf(state, at, intervalMs));
}

function activeAlerts({ states }: Tracked): readonly ActiveAlert[] {
  return [...states.values()].flatMap(({ fingerprint, labels, annotations, phase, activeAt, value }) =>
    phase === 'resolved' ? [] : [{ fingerprint, labels, annotations, state: phase, activeAt, value }],
  );
}

function healthOf(run: RuleRun): RuleHealth {
  const { group, rule, lastError, remarks, lastEvaluation, durationMs } = run;
  const evaluated = lastError === undefined ? 'ok' : 'err';
  return {
    file: group.file,
    group: group.name,
    rule,
    health: lastEvaluation === undefined ? 'unknown' : evaluated,
    lastError,
    remarks,
    lastEvaluation,
    durationMs,
    alerts: activeAlerts(run),
  };
}
