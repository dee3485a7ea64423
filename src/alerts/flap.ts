import type { Clock } from '../lib/clock.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import { type Alert, heldOver } from '../model/alert.ts';
import { type FlapHistory, type FlapSettings, heldUntil, saidAgain } from '../model/flap.ts';
import type { FlapStore } from '../state/flapping.ts';
import { humanizeDuration } from './humanize.ts';

export interface FlapDeps {
  /** Undefined: nothing is damped, and what an earlier process held back is let go. */
  readonly settings: FlapSettings | undefined;
  readonly store: FlapStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly limit?: number;
}

/** Why the end of an alert is held back. */
export interface FlapHold {
  readonly reason: string;
  /** ms since the epoch, as far as is known now. */
  readonly until: number;
}

/** Lets a flapping alert go on firing until it has been steady. */
export interface FlapDamper {
  /** The alert as its groups are to see it. */
  take(said: Alert, now: number): Alert;
  /** That the clock was set forward is no change of an alert. */
  holdOver(now: number, stepMs: number): void;
  /** Keeps on disk what changed; to be called after each batch and before anybody is told. */
  keep(): void;
  /** What an earlier process held back, as its groups are to see it. */
  readonly restored: readonly Alert[];
  /** Since when the alert counts as flapping; undefined where it does not. */
  since(fingerprint: string, now: number): number | undefined;
  /** Undefined where it fires, or where its end may be told. */
  holding(fingerprint: string, now: number): FlapHold | undefined;
  sweep(now: number): void;
  /** How many alerts flap. */
  count(now: number): number;
}

/** Beyond so many, alerts that are new go by undamped. */
const maxAlerts = 10_000;
/** How long after a restart whoever says alerts may take to say them again. */
const restoreGraceMs = 5 * 60_000;
/** What has ended is kept until every group that may know it has been flushed. */
const keepEndedMs = 24 * 3_600_000;
const annotation = 'flapping';

export function createFlapDamper({ settings, store, clock, log, limit = maxAlerts }: FlapDeps): FlapDamper {
  const restored = loadFrom(store, log).map((history) => graced(history, clock.now()));
  const histories = new Map(restored.map((history) => [history.alert.fingerprint, history]));
  const stored = new Set(histories.keys());
  const dirty = new Set<string>();

  function put(history: FlapHistory): void {
    const { fingerprint } = history.alert;
    const before = histories.get(fingerprint);
    histories.set(fingerprint, history);
    const isNews = before?.isFiring !== history.isFiring || before.since !== history.since;
    if (isNews && (history.since !== undefined || stored.has(fingerprint))) dirty.add(fingerprint);
  }

  function drop(fingerprint: string): void {
    histories.delete(fingerprint);
    if (stored.has(fingerprint)) dirty.add(fingerprint);
  }

  function keep(): void {
    if (dirty.size === 0) return;
    // One that fires as others do is said again by itself; of one that has ended this may be the last word.
    const kept = [...dirty].flatMap((each) => histories.get(each) ?? []).filter(isOwed);
    const names = new Set(kept.map(({ alert }) => alert.fingerprint));
    const removed = [...dirty].filter((each) => !names.has(each));
    try {
      store.save(kept, removed);
      for (const each of names) stored.add(each);
      for (const each of removed) stored.delete(each);
      dirty.clear();
    } catch (error) {
      log.error({ reason: reasonOf(error) }, 'flapping alerts could not be kept on disk');
    }
  }

  /** The history of an alert that flaps now. */
  function flapping(fingerprint: string, now: number) {
    const history = histories.get(fingerprint);
    if (!settings || history?.since === undefined) return undefined;
    const until = heldUntil(history, settings);
    return now < until ? { history, settings, until, since: history.since } : undefined;
  }

  return {
    take(said, now) {
      const before = histories.get(said.fingerprint);
      if (!settings) drop(said.fingerprint);
      if (!settings || (!before && histories.size >= limit)) return said;
      const history = saidAgain(before, said, { now, settings });
      put(history);
      return shown(history, settings);
    },
    holdOver(now, stepMs) {
      for (const [fingerprint, history] of histories) {
        const alert = heldOver(history.alert, now, stepMs);
        if (history.isFiring && alert !== history.alert) histories.set(fingerprint, { ...history, alert });
      }
    },
    keep,
    restored: restored.map((history) => (settings ? shown(history, settings) : history.alert)),
    since: (fingerprint, now) => flapping(fingerprint, now)?.since,
    holding(fingerprint, now) {
      const found = flapping(fingerprint, now);
      if (!found || isFiringAt(found.history, now)) return undefined;
      return { reason: `flapping: ${wordsOf(found.settings)}`, until: found.until };
    },
    sweep(now) {
      for (const [fingerprint, history] of histories) {
        const keepMs = stored.has(fingerprint) ? keepEndedMs : (settings?.withinMs ?? 0);
        if (endOf(history, settings) + keepMs <= now) drop(fingerprint);
      }
      keep();
    },
    count: (now) => [...histories.keys()].filter((each) => flapping(each, now)).length,
  };
}

function loadFrom(store: FlapStore, log: Log): readonly FlapHistory[] {
  try {
    return store.load();
  } catch (error) {
    log.error({ reason: reasonOf(error) }, 'flapping alerts could not be restored');
    return [];
  }
}

/** While nobody ran, nobody could say that it still fires. */
function graced(history: FlapHistory, now: number): FlapHistory {
  const { alert, isFiring } = history;
  return isFiring ? { ...history, alert: { ...alert, endsAt: Math.max(alert.endsAt, now + restoreGraceMs) } } : history;
}

function isOwed({ since, isFiring, begunAt }: FlapHistory): boolean {
  return since !== undefined || !isFiring || begunAt !== undefined;
}

function isFiringAt({ isFiring, alert }: FlapHistory, now: number): boolean {
  return isFiring && alert.endsAt > now;
}

function endOf(history: FlapHistory, settings: FlapSettings | undefined): number {
  return settings && history.since !== undefined ? heldUntil(history, settings) : history.alert.endsAt;
}

function shown(history: FlapHistory, settings: FlapSettings): Alert {
  const { since, begunAt } = history;
  const alert = begunAt === undefined ? history.alert : { ...history.alert, startsAt: begunAt };
  if (since === undefined) return alert;
  const annotations = { ...alert.annotations, [annotation]: wordsOf(settings) };
  return { ...alert, annotations, endsAt: heldUntil(history, settings) };
}

function wordsOf({ changes, withinMs, steadyForMs }: FlapSettings): string {
  return `it changed ${changes} times within ${span(withinMs)} and counts as firing until it is steady for ${span(steadyForMs)}`;
}

/** `30m`, not `30m 0s`. */
function span(ms: number): string {
  return humanizeDuration(ms / 1000).replace(/( 0[hms])+$/, '');
}
