import { backoffMs } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { withDeadline } from '../lib/deadline.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import type { Notification, NotificationReason } from '../model/alert.ts';
import type { Database } from '../state/database.ts';
import { createDecisions, type Way } from '../state/decisions.ts';
import { createNotificationLog, type NotificationLog } from '../state/notification-log.ts';
import type { Outbox, OutboxEntry } from '../state/outbox.ts';
import { keepOutcome, type Outcome } from './outcomes.ts';
import type { Delivery, ReceiverDeps } from './receivers/receiver.ts';
import type { Integration } from './route.ts';
import { supersedes } from './supersede.ts';

/** `superseded`: a newer notification of the same group said all of it. `dead`: given up, kept as a dead letter. */
export type DeliveryOutcome = 'success' | 'retry' | 'dead' | 'superseded';

type Failed = Exclude<Delivery, { ok: true }>;

/** Why a notification is given up: what the receiver said, or what kept it from being asked again. */
export const givenUpReasons = [
  ...(['auth', 'client', 'rate-limit', 'server', 'network', 'config'] satisfies Failed['reason'][]),
  ...(['too-old', 'too-many', 'receiver-gone'] as const),
] as const;
export type GivenUp = (typeof givenUpReasons)[number];

export interface NotificationCounters {
  /** `integration` is the kind, `webhook`; `why` is there for what is dead. */
  sent(integration: string, outcome: DeliveryOutcome, why?: GivenUp): void;
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

interface Ending {
  readonly why: GivenUp;
  /** In words. */
  readonly reason: string;
}

interface Attempts {
  /**
   * One attempt and what follows from it. Returns for how long the receiver wants to hear nothing more, where it said
   * so. Rejects only where the outbox cannot be written.
   */
  make(integration: Integration, entry: OutboxEntry): Promise<number | undefined>;
  giveUp(queue: string, entry: OutboxEntry, ending: Ending): void;
}

/** What is sent, or was. */
interface Sending {
  readonly entry: OutboxEntry;
  readonly notification: Notification;
}

const retryBackoff = { firstMs: 1000, maxMs: 300_000 };
const maxRetryAfterMs = 60 * 60_000;
const maxAgeMs = 24 * 60 * 60_000;

export function createAttempts(deps: AttemptDeps): Attempts {
  const { database, outbox, clock, log, counters, signal } = deps;
  const notificationLog = createNotificationLog(database);
  const decisions = createDecisions(database);

  /** What becomes of an entry and why, both or neither. */
  function end(queue: string, { groupKey }: OutboxEntry, outcome: Outcome, change: () => void): void {
    database.transaction(() => {
      change();
      keepOutcome(decisions, { groupKey, queue }, outcome, clock.now());
    });
  }

  function bury(queue: string, entry: OutboxEntry, { why, reason }: Ending, isTried: boolean): void {
    const { id, groupKey, createdAt } = entry;
    const notification = outbox.notification(id);
    const about = notification?.at ?? createdAt;
    end(queue, entry, { what: 'given up', same: why, reason, about }, () => {
      outbox.bury(id, clock.now(), reason, isTried);
      unsay(notificationLog, { groupKey, queue }, notification?.reason);
    });
    counters.sent(kindOf(queue), 'dead', why);
    log.error({ queue, group: groupKey, reason }, 'notification given up');
  }

  function accepted({ id: queue, kind }: Integration, { entry, notification }: Sending): void {
    const reason = `accepted at attempt ${entry.attempts + 1}`;
    const outcome = { what: 'accepted', same: '', reason, about: notification.at } as const;
    // The longer this takes, the likelier is a kill in between, after which it is told twice. So it is after a power cut.
    database.unsynced(() => end(queue, entry, outcome, () => outbox.remove(entry.id)));
    counters.sent(kind, 'success');
    log.debug({ queue, group: entry.groupKey }, 'notification accepted');
  }

  function postpone(
    { id: queue, kind }: Integration,
    { entry, notification }: Sending,
    failed: Failed,
  ): number | undefined {
    const { reason, message, retryAfterMs } = failed;
    const wait = waitBefore(entry, retryAfterMs, deps.random);
    const until = clock.now() + wait;
    end(queue, entry, { what: 'retried', same: reason, reason: message, about: notification.at, until }, () =>
      outbox.postpone(entry.id, until),
    );
    counters.sent(kind, 'retry');
    log.warn({ queue, group: entry.groupKey, reason, message, waitMs: wait }, 'notification failed');
    // It speaks of all that it is sent, not of this group alone.
    return reason === 'rate-limit' || retryAfterMs !== undefined ? wait : undefined;
  }

  async function send(integration: Integration, notification: Notification): Promise<Delivery> {
    const deadline = { ms: integration.timeoutMs, what: integration.id, signal };
    try {
      return await withDeadline(clock, deadline, (cut) => integration.send(deps.receivers, notification, cut));
    } catch (error) {
      return { ok: false, retry: true, reason: 'network', message: reasonOf(error) };
    }
  }

  /** Whether there is no use in sending it. */
  function isSettled({ id: queue, kind }: Integration, sending: Sending): boolean {
    const { entry, notification } = sending;
    if (isSuperseded(outbox, queue, sending)) {
      const reason = 'a later notification of the group says all of it';
      const outcome = { what: 'superseded', same: '', reason, about: notification.at } as const;
      end(queue, entry, outcome, () => outbox.remove(entry.id));
      counters.sent(kind, 'superseded');
      return true;
    }
    if (clock.now() - entry.createdAt <= maxAgeMs) return false;
    bury(queue, entry, { why: 'too-old', reason: 'not accepted for 24 h' }, false);
    return true;
  }

  async function make(integration: Integration, entry: OutboxEntry): Promise<number | undefined> {
    const notification = outbox.notification(entry.id);
    if (!notification || isSettled(integration, { entry, notification })) return undefined;
    const delivery = await send(integration, notification);
    if (delivery.ok) {
      accepted(integration, { entry, notification });
      return undefined;
    }
    // What a stop cut off was not refused: it stays as it is for the next process.
    if (signal.aborted) return undefined;
    if (delivery.retry) return postpone(integration, { entry, notification }, delivery);
    bury(integration.id, entry, { why: delivery.reason, reason: delivery.message }, true);
    return undefined;
  }

  return { make, giveUp: (queue, entry, ending) => bury(queue, entry, ending, false) };
}

/**
 * The receiver does not know what the log says it was told: the group's next flush tells it anew. What it had heard of
 * before, as a repetition shows, it still holds for firing, and is owed the end of.
 */
function unsay(log: NotificationLog, { groupKey, queue }: Way, reason: NotificationReason | undefined): void {
  const entry = log.get(groupKey, queue);
  const isNews = reason === undefined || reason === 'first notification';
  const held = entry ? [...new Set([...entry.held, ...(isNews ? [] : entry.firing)])] : [];
  if (entry && held.length > 0) log.put({ ...entry, firing: [], resolved: [], held });
  else log.remove(groupKey, queue);
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
