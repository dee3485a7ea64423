import type { Labels } from './labels.ts';

/** An alert as the pipeline passes it on. Times are milliseconds since the epoch. */
export interface Alert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: number;
  /** When it ended, or when it will be taken for ended if nobody says it again. */
  readonly endsAt: number;
  readonly updatedAt: number;
  readonly generatorURL: string;
}

export type AlertStatus = 'firing' | 'resolved';

export function alertStatus(alert: Alert, now: number): AlertStatus {
  return alert.endsAt <= now ? 'resolved' : 'firing';
}

/** As it is where the clock was set forward by `stepMs`: what fired until then fires on until somebody says otherwise. */
export function heldOver(alert: Alert, now: number, stepMs: number): Alert {
  const hasLapsed = alert.endsAt > now - stepMs && alert.endsAt <= now;
  return hasLapsed ? { ...alert, endsAt: alert.endsAt + stepMs } : alert;
}

/** Why a group is told of now, in Alertmanager's words. */
export type NotificationReason =
  | 'first notification'
  | 'new alerts added'
  | 'some alerts resolved'
  | 'all alerts resolved'
  | 'repeat interval elapsed'
  // Not one of Alertmanager's.
  | 'alerts are flapping';

/** What one receiver is told at once: the group and its alerts, already past inhibition and silences. */
export interface Notification {
  readonly groupKey: string;
  readonly receiver: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly Alert[];
  /** The time that decided which alerts are resolved. */
  readonly at: number;
  readonly truncatedAlerts: number;
  /** Absent where nobody decided, as in a test message. */
  readonly reason?: NotificationReason;
}

/** Firing as long as one of its alerts is. */
export function notificationStatus({ alerts, at }: Pick<Notification, 'alerts' | 'at'>): AlertStatus {
  return alerts.some((alert) => alertStatus(alert, at) === 'firing') ? 'firing' : 'resolved';
}
