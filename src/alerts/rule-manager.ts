import type { Clock } from '../lib/clock.ts';
import { oneAtATime, otherTurns } from '../lib/event-loop.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import type { Alert } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import type { History } from '../samples/history.ts';
import type { AlertStateStore } from '../state/alert-state.ts';
import { keepAlerts, restoreAlerts, snapshot } from './alert-keeper.ts';
import { type AlertState, step } from './alert-machine.ts';
import { namingWith } from './external-labels.ts';
import { emptyTally, type GroupTally, noteMissed, talliesOf } from './group-tally.ts';
import { beginningOf } from './restore.ts';
import { scopeAt } from './rule-evaluation.ts';
import {
  type ActiveAlert,
  activeAlerts,
  type GroupHealth,
  groupHealthOf,
  healthOf,
  logChange,
  type RuleHealth,
} from './rule-health.ts';
import type { Moment, RuleRun, Tracked } from './rule-run.ts';
import { createRuns } from './rule-runs.ts';
import type { RuleGroup } from './rules.ts';
import { alertOf, needsSending, type Saying } from './sending.ts';

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
  /** In the order of the files. */
  groups(): readonly GroupHealth[];
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
  /** What templates see as `$externalLabels`, and what is told has on top; none by default. */
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
  const partsOf = partsByGroup(deps, runs);
  const naming = namingWith(deps.externalLabels ?? {});
  const dueAt = new Map<RuleGroup, number>();
  const inTurn = oneAtATime();

  function evaluateRun(run: RuleRun, moment: Moment, tally: GroupTally): void {
    const [from, before] = [clock.monotonic(), { lastError: run.lastError, remarks: run.remarks }];
    tally.evaluations++;
    try {
      tally.samples += run.evaluate(run, moment);
      run.lastError = undefined;
    } catch (error) {
      // What was active stays so and is said again: a rule that cannot be evaluated must not look like a recovery.
      run.lastError = reasonOf(error);
      tally.failures++;
    }
    logChange(log, run, before);
    run.lastEvaluation = moment.at;
    run.durationMs = clock.monotonic() - from;
  }

  /** One step for each rule. */
  function* evaluateGroup(group: RuleGroup, moment: Moment): Iterable<void> {
    const { tally, runs: own } = partsOf(group);
    const from = clock.monotonic();
    tally.samples = 0;
    for (const run of own) {
      evaluateRun(run, moment, tally);
      yield;
    }
    tally.iterations++;
    tally.lastEvaluation = moment.at;
    tally.lastDurationMs = clock.monotonic() - from;
  }

  async function evaluateGroups(chosen: readonly RuleGroup[], at: number): Promise<void> {
    const before = snapshot(tracked);
    const moment = { at, sinceStart: at - startedAt, scope: scopeAt(deps, at) };
    let stretch = clock.monotonic();
    for (const group of chosen) {
      for (const _ of evaluateGroup(group, moment)) {
        if (clock.monotonic() - stretch < stretchMs) continue;
        await otherTurns();
        stretch = clock.monotonic();
      }
    }
    for (const gone of retired) {
      gone.states = step(gone.states, { rule: retiredRule, found: [], at, generatorURL: '', settled: true });
    }
    const due = [
      ...runs.flatMap((run) => takeDue(run, { at, intervalMs: run.group.intervalMs ?? intervalMs, naming })),
      ...retired.flatMap((gone) => takeDue(gone, { at, intervalMs, naming })),
    ];
    keepAlerts(deps, { before, after: snapshot(tracked), at });
    if (due.length > 0) deps.onAlerts(due);
  }

  return {
    evaluate: (at) => inTurn(() => evaluateGroups(groups, at)),
    evaluateDue(at) {
      const due = groups.filter((group) => isDue(dueAt.get(group) ?? at, at, group.intervalMs ?? intervalMs));
      for (const group of due) {
        const groupMs = group.intervalMs ?? intervalMs;
        dueAt.set(group, at + groupMs * (1 - dueTolerance));
        noteMissed(partsOf(group).tally, at, groupMs);
      }
      return inTurn(() => evaluateGroups(due, at));
    },
    alerts: () => runs.flatMap(activeAlerts),
    rules: () => runs.map(healthOf),
    groups: () => groups.map((group) => groupHealthOf(group, { ...partsOf(group), defaultIntervalMs: intervalMs })),
  };
}

/** Also where the clock was set back: a turn is never further away than an interval. */
function isDue(dueAt: number, at: number, groupMs: number): boolean {
  return at >= dueAt || dueAt - at > groupMs * (1 - dueTolerance);
}

/** Gives each rule the alerts it had; returns those whose rule is gone. */
function restoreInto(runs: readonly RuleRun[], deps: RuleManagerDeps, at: number): readonly Tracked[] {
  const left = restoreAlerts(deps, at);
  for (const run of runs) run.states = left.get(run.id) ?? run.states;
  const known = new Set(runs.map(({ id }) => id));
  return [...left].filter(([id]) => !known.has(id)).map(([id, states]) => ({ id, states }));
}

interface GroupParts {
  readonly runs: readonly RuleRun[];
  readonly tally: GroupTally;
}

function partsByGroup(
  { history, groups }: RuleManagerDeps,
  runs: readonly RuleRun[],
): (group: RuleGroup) => GroupParts {
  const [byGroup, tallies] = [Map.groupBy(runs, ({ group }) => group), talliesOf(history, groups)];
  return (group) => ({ runs: byGroup.get(group) ?? [], tally: tallies.get(group) ?? emptyTally() });
}

/** The alerts that are due to be said; marks them as said. */
function takeDue(tracked: Tracked, saying: Saying): readonly Alert[] {
  const { at } = saying;
  const due = [...tracked.states.values()].filter((state) => needsSending(state, at));
  if (due.length === 0) return [];
  const said = due.map((state): [string, AlertState] => [state.fingerprint, { ...state, sentAt: at }]);
  tracked.states = new Map([...tracked.states, ...said]);
  return due.map((state) => alertOf(state, saying));
}
