import { type Alert, alertStatus } from '../model/alert.ts';

/** Every alert that was said lately, the newest saying of each. Bounded. */
export interface AlertStore {
  /** The alert as it now stands; undefined where the bound keeps it out. */
  put(alert: Alert, now: number): Alert | undefined;
  get(fingerprint: string): Alert | undefined;
  all(): readonly Alert[];
  /** Forgets what has been over for `keepMs`. */
  sweep(now: number, keepMs: number): void;
  readonly size: number;
}

export function createAlertStore(limit: number): AlertStore {
  const alerts = new Map<string, Alert>();
  function sweep(now: number, keepMs: number): void {
    for (const [fingerprint, alert] of alerts) {
      if (alert.endsAt + keepMs <= now) alerts.delete(fingerprint);
    }
  }
  return {
    put(alert, now) {
      const known = alerts.get(alert.fingerprint);
      if (!known && alerts.size >= limit) sweep(now, 0);
      if (!known && alerts.size >= limit) return undefined;
      const merged = known ? merge(known, alert, now) : alert;
      alerts.set(alert.fingerprint, merged);
      return merged;
    },
    get: (fingerprint) => alerts.get(fingerprint),
    all: () => [...alerts.values()],
    sweep,
    get size() {
      return alerts.size;
    },
  };
}

/** The same alert goes on: it began when it was first said to begin. */
function merge(known: Alert, next: Alert, now: number): Alert {
  if (alertStatus(known, now) === 'resolved' && next.startsAt > known.endsAt) return next;
  return known.startsAt < next.startsAt && next.startsAt <= known.endsAt ? { ...next, startsAt: known.startsAt } : next;
}
