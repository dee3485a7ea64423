import { type Alert, alertStatus, type NotificationReason } from '../model/alert.ts';
import type { NotificationLogEntry } from '../state/notification-log.ts';

export interface Told {
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
}

export function toldBy(alerts: readonly Alert[], at: number): Told {
  const of = (status: 'firing' | 'resolved'): readonly string[] =>
    alerts.filter((alert) => alertStatus(alert, at) === status).map(({ fingerprint }) => fingerprint);
  return { firing: of('firing'), resolved: of('resolved') };
}

/**
 * Alertmanager counts `repeat_interval` from when the receiver had the notification, a moment after the flush. So a flush
 * at exactly `repeat_interval` comes too early, and the one after it repeats.
 */
const acceptedAfterMs = 500;

/** Why there is something to tell beyond what the log says was told, or undefined for nothing: Alertmanager's DedupStage. */
export function newsIn(
  entry: Pick<NotificationLogEntry, 'firing' | 'resolved' | 'held' | 'at'> | undefined,
  { firing, resolved }: Told,
  rules: { readonly sendResolved: boolean; readonly repeatIntervalMs: number; readonly at: number },
): NotificationReason | undefined {
  if (!entry) return firing.length > 0 ? 'first notification' : undefined;
  if (!isSubset(firing, entry.firing)) return entry.firing.length > 0 ? 'new alerts added' : 'first notification';
  // Alerts that came and went between two flushes: nobody was told, so there is nothing to take back.
  const owesEnd = entry.firing.length > 0 || resolved.some((fingerprint) => entry.held.includes(fingerprint));
  if (firing.length === 0) return owesEnd ? 'all alerts resolved' : undefined;
  if (rules.sendResolved && !isSubset(resolved, entry.resolved)) return 'some alerts resolved';
  return rules.at - entry.at > rules.repeatIntervalMs + acceptedAfterMs ? 'repeat interval elapsed' : undefined;
}

function isSubset(part: readonly string[], whole: readonly string[]): boolean {
  const all = new Set(whole);
  return part.every((fingerprint) => all.has(fingerprint));
}
