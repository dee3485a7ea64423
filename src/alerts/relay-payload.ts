import { z } from 'zod';
import { parseTime } from '../lib/clock.ts';
import type { Notification, NotificationReason } from '../model/alert.ts';

const maxAlerts = 10_000;
const Labels = z.record(z.string(), z.string());
const Time = z
  .string()
  .refine((text) => !Number.isNaN(parseTime(text)))
  .transform((text) => parseTime(text));

const PayloadAlert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: Labels,
  annotations: Labels,
  startsAt: Time,
  endsAt: Time,
  generatorURL: z.string(),
  fingerprint: z.string(),
});

/** Alertmanager's webhook, version 4. */
const Payload = z.object({
  version: z.literal('4'),
  groupKey: z.string(),
  truncatedAlerts: z.int().min(0).default(0),
  receiver: z.string(),
  // Since Alertmanager 0.33.
  notification_reason: z.string().optional(),
  groupLabels: Labels,
  externalURL: z.string(),
  alerts: z.array(PayloadAlert).min(1).max(maxAlerts),
});

/** What somebody was told by a webhook, as the notification that it was made from. */
export interface RelayedNotification {
  readonly notification: Notification;
  /** Of the sender. */
  readonly externalURL: string;
}

/** Undefined where the body is no webhook payload of version 4. */
export function notificationFrom(body: unknown, now: number): RelayedNotification | undefined {
  const parsed = Payload.safeParse(body);
  if (!parsed.success) return undefined;
  const { groupKey, truncatedAlerts, groupLabels, alerts, externalURL, notification_reason: reason } = parsed.data;
  const notification = {
    ...{ groupKey, truncatedAlerts, groupLabels, at: now },
    // The sender escaped it as a regular expression.
    receiver: parsed.data.receiver.replace(/\\(.)/g, '$1'),
    alerts: alerts.map(({ status, endsAt, ...alert }) => ({
      ...alert,
      // Its status is the sender's word, whatever the clocks of the two say.
      endsAt: status === 'firing' ? Number.MAX_SAFE_INTEGER : Math.min(endsAt, now),
      updatedAt: now,
    })),
    ...(reason === undefined ? {} : { reason: reason as NotificationReason }),
  };
  return { notification, externalURL };
}
