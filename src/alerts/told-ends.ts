import type { Clock } from '../lib/clock.ts';
import { type Alert, alertStatus } from '../model/alert.ts';
import type { Database } from '../state/database.ts';
import { createNotificationLog } from '../state/notification-log.ts';

/**
 * Returns a filter for what the rules say. From the first batch after a start, which repeats what ended in the last 15
 * minutes, it leaves out the ends that no receiver waits for: a group that changed since would tell them a second time.
 * Prometheus has forgotten them after a restart.
 */
export function withoutToldEnds({ database, clock }: { readonly database: Database; readonly clock: Clock }) {
  const notificationLog = createNotificationLog(database);
  let isFirst = true;
  return (alerts: readonly Alert[]): readonly Alert[] => {
    if (!isFirst) return alerts;
    isFirst = false;
    const awaited = notificationLog.toldAsFiring();
    const now = clock.now();
    return alerts.filter((alert) => alertStatus(alert, now) === 'firing' || awaited.has(alert.fingerprint));
  };
}
