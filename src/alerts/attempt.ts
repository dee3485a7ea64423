import { backoffMs } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { withDeadline } from '../lib/deadline.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import type { Notification } from '../model/alert.ts';
import type { Database } from '../state/database.ts';
import { createNotificationLog } from '../state/notification-log.ts';
import type { Outbox, OutboxEntry } from '../state/outbox.ts';
import type { Delivery, ReceiverDeps } from './receivers/receiver.ts';
import type { Integration } from './route.ts';
import { supersedes } from './supersede.ts';

/** `superseded`: a newer notification of the same group said all of it. `dead`: given up, kept as a dead letter. */
export type DeliveryOutcome = 'success' | 'retry' | 'dead' | 'superseded';

export interface NotificationCounters {
  /** `integration` is the kind, `webhook`. */
  sent(integration: string, outcome: DeliveryOutcome): void;
}

interface AttemptDeps {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly receivers: ReceiverDeps;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: NotificationCounters;
  readonly random: () => number;
  /** Ends every attempt. */
  readonly signal: AbortSignal;
}

interface Attempts {
  /** One attempt and what follows from it. Rejects only where the outbox cannot be written. */
  make(integration: Integration, entry: OutboxEntry): Promise<void>;
  giveUp(queue: string, entry: OutboxEntry, reason: string): void;
}

const retryBackoff = { firstMs: 1000, maxMs: 300_000 };
const maxRetryAfterMs = 60 * 60_000;
const maxAgeMs = 24 * 60 * 60_000;

export function createAttempts(deps: AttemptDeps): Attempts {
  const { database, outbox, clock, log, counters, signal } = deps;
  const notificationLog = createNotificationLog(database);

  function giveUp(queue: string, { id, groupKey }: OutboxEntry, reason: string): void {
    database.transaction(() => {
      outbox.bury(id, clock.now(), reason);
      // The receiver does not know what the log says it was told: the group's next flush tells it anew.
      notificationLog.remove(groupKey, queue);
    });
    counters.sent(kindOf(queue), 'dead');
    log.error({ queue, group: groupKey, reason }, 'notification given up');
  }

  function settle({ id: queue, kind }: Integration, entry: OutboxEntry, delivery: Delivery): void {
    if (delivery.ok) {
      outbox.remove(entry.id);
      counters.sent(kind, 'success');
      log.debug({ queue, group: entry.groupKey }, 'notification accepted');
    } else if (delivery.retry) {
      const wait = waitBefore(entry, delivery.retryAfterMs, deps.random);
      outbox.postpone(entry.id, clock.now() + wait);
      counters.sent(kind, 'retry');
      const { reason, message } = delivery;
      log.warn({ queue, group: entry.groupKey, reason, message, waitMs: wait }, 'notification failed');
    } else {
      giveUp(queue, entry, delivery.message);
    }
  }

  async function send(integration: Integration, notification: Notification): Promise<Delivery> {
    const deadline = { ms: integration.timeoutMs, what: integration.id, signal };
    try {
      return await withDeadline(clock, deadline, (cut) => integration.send(deps.receivers, notification, cut));
    } catch (error) {
      return { ok: false, retry: true, reason: 'network', message: reasonOf(error) };
    }
  }

  async function make(integration: Integration, entry: OutboxEntry): Promise<void> {
    const notification = outbox.notification(entry.id);
    if (!notification) return;
    if (isSuperseded(outbox, integration.id, { entry, notification })) {
      outbox.remove(entry.id);
      counters.sent(integration.kind, 'superseded');
      return;
    }
    if (clock.now() - entry.createdAt > maxAgeMs) {
      giveUp(integration.id, entry, 'not accepted for 24 h');
      return;
    }
    const delivery = await send(integration, notification);
    // What a stop cut off was not refused: it stays as it is for the next process.
    if (delivery.ok || !signal.aborted) settle(integration, entry, delivery);
  }

  return { make, giveUp };
}

function waitBefore({ attempts }: OutboxEntry, retryAfterMs: number | undefined, random: () => number): number {
  const asked = Math.min(retryAfterMs ?? 0, maxRetryAfterMs);
  return Math.round(Math.max(asked, backoffMs(retryBackoff, attempts, random)));
}

function isSuperseded(
  outbox: Outbox,
  queue: string,
  { entry, notification }: { readonly entry: OutboxEntry; readonly notification: Notification },
): boolean {
  return outbox.later(queue, entry).some(({ id }) => {
    const later = outbox.notification(id);
    return later !== undefined && supersedes(later, notification);
  });
}

/** `team/webhook[0]` → `webhook`, also for a receiver that is gone. */
function kindOf(queue: string): string {
  return /([^/]+)\[\d+\]$/.exec(queue)?.[1] ?? 'unknown';
}
