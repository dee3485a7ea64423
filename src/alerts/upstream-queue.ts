import { type Alert, alertStatus } from '../model/alert.ts';

/** What one Alertmanager is still to be told. Bounded; the oldest gives way. */
export interface UpstreamQueue {
  /** Returns how many gave way. */
  put(alerts: readonly Alert[], now: number): number;
  /** Takes out the first of them. */
  take(most: number): readonly QueuedAlert[];
  /** Puts back what could not be said, unless it was said anew meanwhile. Returns how many gave way. */
  putBack(alerts: readonly QueuedAlert[]): number;
  readonly size: number;
}

/** An alert and what it was when it was said: a fire and its end are two things to tell. */
export interface QueuedAlert {
  readonly key: string;
  readonly alert: Alert;
}

export function createUpstreamQueue(limit: number): UpstreamQueue {
  let queue = new Map<string, Alert>();

  function trim(): number {
    const excess = Math.max(0, queue.size - limit);
    for (const key of [...queue.keys()].slice(0, excess)) queue.delete(key);
    return excess;
  }
  return {
    put(alerts, now) {
      for (const alert of alerts) {
        const key = `${alert.fingerprint} ${alertStatus(alert, now)}`;
        // At the end, so that a fire after an end is told after it.
        queue.delete(key);
        queue.set(key, alert);
      }
      return trim();
    },
    take(most) {
      const taken = [...queue].slice(0, most).map(([key, alert]) => ({ key, alert }));
      for (const { key } of taken) queue.delete(key);
      return taken;
    },
    putBack(alerts) {
      const old = alerts.filter(({ key }) => !queue.has(key)).map(({ key, alert }): [string, Alert] => [key, alert]);
      queue = new Map([...old, ...queue]);
      return trim();
    },
    get size() {
      return queue.size;
    },
  };
}
