import { rfc3339 } from '../lib/clock.ts';
import { type Alert, alertStatus, type Notification, notificationStatus } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';

/** Go's zero time: Alertmanager does not say when a firing alert would end. */
const noTime = '0001-01-01T00:00:00Z';

/**
 * Alertmanager's webhook payload, version 4, field by field.
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export function payload(notification: Notification, externalURL: string) {
  const { groupKey, receiver, groupLabels, alerts, at, truncatedAlerts, reason } = notification;
  return {
    // Alertmanager hands templates the name with the characters of a regular expression escaped, and so it says it here.
    receiver: receiver.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&'),
    status: notificationStatus(notification),
    alerts: alerts.map((alert) => alertPayload(alert, at)),
    notification_reason: reason,
    groupLabels,
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL,
    version: '4',
    groupKey,
    truncatedAlerts,
  };
}

function alertPayload(alert: Alert, at: number) {
  const status = alertStatus(alert, at);
  return {
    status,
    labels: alert.labels,
    annotations: alert.annotations,
    startsAt: goTime(alert.startsAt),
    endsAt: status === 'resolved' ? goTime(alert.endsAt) : noTime,
    generatorURL: alert.generatorURL,
    fingerprint: alert.fingerprint,
  };
}

/** RFC 3339 as Go writes it: no trailing zeros in the fraction. */
function goTime(ms: number): string {
  return rfc3339(ms).replace(/\.?0+Z$/, 'Z');
}

function common(sets: readonly Labels[]): Labels {
  const [first = {}, ...rest] = sets;
  return Object.fromEntries(Object.entries(first).filter(([name, value]) => rest.every((set) => set[name] === value)));
}

/** The first `max` alerts; 0 for all. */
export function truncated(notification: Notification, max: number): Notification {
  const { alerts } = notification;
  if (max === 0 || alerts.length <= max) return notification;
  return { ...notification, alerts: alerts.slice(0, max), truncatedAlerts: alerts.length - max };
}
