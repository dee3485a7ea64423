import type { Clock } from '../lib/clock.ts';
import { createStepWatch } from '../lib/clock-step.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import type { Audit } from '../model/audit.ts';
import type { RunnerEvidence, RunnerPast, RunnerState } from '../model/runner.ts';
import type { RunnerVerdictStore } from '../state/runner-verdicts.ts';
import { judge } from './verdict.ts';
import { createVerdictChanges } from './verdict-changes.ts';
import type { VerdictConfig } from './verdict-config.ts';
import { type Counting, isStopSeen, movedPast, type Recalled, recall } from './verdict-memory.ts';
import type { Views } from './views.ts';

/** Judges runners over time: how long a verdict holds, what only watching tells, and what changed. */
export interface VerdictKeeper {
  /**
   * The verdicts on all runners that anybody knows of. While a source has not been asked for the first time (`areFirst`),
   * nothing is remembered: a start must not look like a change.
   */
  look(evidence: readonly RunnerEvidence[], views: Views, areFirst: boolean): readonly RunnerState[];
  /** Docker was asked to stop the container. */
  noteStop(containerId: string): void;
}

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Audit;
  readonly store: RunnerVerdictStore;
  readonly config: VerdictConfig;
}

/** Stops that nobody has seen yet: of a container that is never listed they would stay for ever. */
const maxStops = 1_000;
const stopWaitsMs = 300_000;

export function createVerdictKeeper({ clock, log, audit, store, config }: Parts): VerdictKeeper {
  const stepped = createStepWatch(clock);
  const changes = createVerdictChanges({ clock, audit });
  let pasts: Map<string, RunnerPast> | undefined;
  const counted = new Map<string, Counting>();
  /** By the container's id: when Docker was asked to stop it, monotonic. */
  const stops = new Map<string, number>();
  let unsaved = new Set<string>();

  function known(now: number): Map<string, RunnerPast> {
    // Not earlier than at the first look: after a reload, the keeper before this one wrote until then.
    pasts ??= new Map(load().map((past) => [past.runner, { ...past, since: Math.min(past.since, now) }]));
    return pasts;
  }

  function load(): readonly RunnerPast[] {
    try {
      return store.load();
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'kept verdicts could not be read');
      return [];
    }
  }

  /** So that what lasted a minute still has lasted a minute. */
  function followClock(now: number): void {
    const step = stepped();
    if (step === 0) return;
    for (const [runner, past] of known(now)) {
      pasts?.set(runner, movedPast(past, step));
      unsaved.add(runner);
    }
    for (const [runner, counting] of counted) {
      const { quiet } = counting;
      counted.set(runner, {
        ...counting,
        quiet: quiet && { ...quiet, at: quiet.at + step, since: quiet.since + step },
      });
    }
  }

  function judgeOne(evidence: RunnerEvidence, views: Views, now: number): { state: RunnerState; recalled: Recalled } {
    const { runner } = evidence;
    const before = known(now).get(runner);
    const recalled = recall(before, counted.get(runner), {
      evidence,
      stops,
      scopes: views.scopes,
      now,
      config,
    });
    const judgement = judge(recalled.evidence, { views, config, now });
    const since = before?.verdict === judgement.verdict ? before.since : now;
    return { state: { ...judgement, since }, recalled };
  }

  function remember(state: RunnerState, { past, counting }: Recalled, now: number): void {
    const { verdict, since = now } = state;
    const before = known(now).get(past.runner);
    const next: RunnerPast = { ...past, verdict, since };
    const { containerId = '' } = state.evidence;
    if (isStopSeen(state.evidence, counted.get(past.runner))) stops.delete(containerId);
    counted.set(past.runner, counting);
    if (before !== undefined && before.verdict !== verdict) changes.changed(before.verdict, state);
    if (before !== undefined && JSON.stringify(before) === JSON.stringify({ ...before, ...next })) return;
    known(now).set(past.runner, next);
    unsaved.add(past.runner);
  }

  /** Those that nobody knows any more, though everybody who is asked answers. */
  function forget(present: ReadonlySet<string>, { docker, github }: Views, now: number): void {
    if (docker === 'failing' || github === 'failing') return;
    for (const runner of [...known(now).keys()].filter((name) => !present.has(name))) {
      known(now).delete(runner);
      counted.delete(runner);
      changes.forget(runner);
      unsaved.add(runner);
    }
  }

  function save(): void {
    if (unsaved.size === 0) return;
    const all = [...unsaved].map((runner) => ({ runner, past: pasts?.get(runner) }));
    try {
      store.save(
        all.flatMap(({ past }) => (past ? [past] : [])),
        all.flatMap(({ runner, past }) => (past ? [] : [runner])),
      );
      unsaved = new Set();
    } catch (error) {
      // The next look tries it again; until then it is only in memory.
      log.warn({ reason: reasonOf(error) }, 'verdicts could not be kept');
    }
  }

  return {
    look(evidence, views, areFirst) {
      const now = clock.now();
      followClock(now);
      const judged = evidence.map((one) => judgeOne(one, views, now));
      if (areFirst) return judged.map(({ state }) => state);
      for (const { state, recalled } of judged) remember(state, recalled, now);
      forget(new Set(evidence.map(({ runner }) => runner)), views, now);
      for (const [id, at] of stops) if (clock.monotonic() - at > stopWaitsMs) stops.delete(id);
      save();
      return judged.map(({ state }) => state);
    },
    noteStop(containerId) {
      if (stops.size < maxStops) stops.set(containerId, clock.monotonic());
    },
  };
}
