import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Acknowledgement } from '../model/acknowledgement.ts';
import { type Alert, alertStatus } from '../model/alert.ts';
import type { AcknowledgementStore } from '../state/acknowledgements.ts';

/** Who looks after an alert, in their own words. */
export interface Acknowledger {
  readonly by: string;
  readonly comment: string;
}

/** Every acknowledgement that holds, on disk. Bounded. */
export interface Acknowledgements {
  /** What holds the alert, if anything does. */
  of(alert: Alert): Acknowledgement | undefined;
  /** Those of alerts that fire; undefined, and none is kept, where there is no room for them. */
  add(alerts: readonly Alert[], who: Acknowledger): readonly Acknowledgement[] | undefined;
  /** False where there is none. */
  remove(fingerprint: string): boolean;
  /** Those that hold, the latest first. */
  all(): readonly Acknowledgement[];
  /** Forgets those whose alert has ended, or was not heard of for an hour. */
  sweep(): void;
}

export interface AcknowledgementsDeps {
  readonly store: AcknowledgementStore;
  /** Every alert that was said lately. */
  readonly alerts: () => readonly Alert[];
  readonly clock: Clock;
  readonly log: Log;
  readonly limit?: number;
}

const maxAcknowledgements = 10_000;
/** After a start the alerts are said one after another, a minute apart at most: this is far beyond. */
const unheardMs = 3_600_000;

export function createAcknowledgements(deps: AcknowledgementsDeps): Acknowledgements {
  const { store, alerts, clock, log, limit = maxAcknowledgements } = deps;
  const known = new Map(store.load().map((each) => [each.fingerprint, each]));
  const heardAt = new Map([...known.keys()].map((fingerprint) => [fingerprint, clock.now()]));

  function of({ fingerprint, startsAt }: Alert): Acknowledgement | undefined {
    const found = known.get(fingerprint);
    return found && startsAt <= found.until ? found : undefined;
  }

  /** By what is heard of their alerts now: those that hold, those that are over, and those of which nothing is. */
  function sorted(): Readonly<Record<'holding' | 'over' | 'unheard', readonly Acknowledgement[]>> {
    if (known.size === 0) return { holding: [], over: [], unheard: [] };
    const now = clock.now();
    const heard = new Map(alerts().map((alert) => [alert.fingerprint, alert]));
    const {
      holding = [],
      over = [],
      unheard = [],
    } = Object.groupBy(known.values(), ({ fingerprint }) => {
      const alert = heard.get(fingerprint);
      if (!alert) return 'unheard';
      return alertStatus(alert, now) === 'firing' && of(alert) ? 'holding' : 'over';
    });
    return { holding, over, unheard };
  }

  function forget(fingerprints: readonly string[]): void {
    if (fingerprints.length === 0) return;
    store.remove(fingerprints);
    for (const each of fingerprints) {
      known.delete(each);
      heardAt.delete(each);
    }
  }

  /** What is over gives way, the oldest first. */
  function hasRoomFor(wanted: readonly Alert[]): boolean {
    const fresh = wanted.filter(({ fingerprint }) => !known.has(fingerprint)).length;
    const excess = known.size + fresh - limit;
    if (excess <= 0) return true;
    const over = [...sorted().over].sort((a, b) => a.at - b.at).filter(isNotAmong(wanted));
    if (over.length < excess) return false;
    forget(over.slice(0, excess).map(({ fingerprint }) => fingerprint));
    return true;
  }

  function sweep(): void {
    const now = clock.now();
    const { holding, over, unheard } = sorted();
    for (const { fingerprint } of holding) heardAt.set(fingerprint, now);
    const lost = unheard.filter(({ fingerprint }) => now - (heardAt.get(fingerprint) ?? now) > unheardMs);
    forget([...over, ...lost].map(({ fingerprint }) => fingerprint));
  }

  return {
    of,
    add(wanted, { by, comment }) {
      if (!hasRoomFor(wanted)) return undefined;
      const at = clock.now();
      // The clock of whoever said the alert may be ahead of ours.
      const added = wanted.map(({ fingerprint, startsAt }) => {
        return { fingerprint, at, until: Math.max(at, startsAt), by, comment };
      });
      // On disk first: what was promised to a person outlives a kill.
      store.put(added);
      for (const each of added) {
        known.set(each.fingerprint, each);
        heardAt.set(each.fingerprint, at);
        log.info({ fingerprint: each.fingerprint, by, comment }, 'alert acknowledged');
      }
      return added;
    },
    remove(fingerprint) {
      if (!known.has(fingerprint)) return false;
      forget([fingerprint]);
      log.info({ fingerprint }, 'acknowledgement taken back');
      return true;
    },
    all() {
      const { holding, unheard } = sorted();
      return [...holding, ...unheard].sort((a, b) => b.at - a.at || (a.fingerprint < b.fingerprint ? -1 : 1));
    },
    sweep,
  };
}

function isNotAmong(alerts: readonly Alert[]) {
  const fingerprints = new Set(alerts.map(({ fingerprint }) => fingerprint));
  return ({ fingerprint }: Acknowledgement): boolean => !fingerprints.has(fingerprint);
}
