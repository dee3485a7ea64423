import type { Clock } from '../lib/clock.ts';
import { otherTurns } from '../lib/event-loop.ts';
import type { Log } from '../lib/log.ts';
import { type AlertStatus, alertStatus, type Notification, notificationStatus } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import type { Database } from '../state/database.ts';
import { createDecisions } from '../state/decisions.ts';
import { createOutbox, type DeadLetter } from '../state/outbox.ts';
import type { DeliveryWorker } from './deliver.ts';
import { keepOutcome } from './outcomes.ts';
import type { Routing } from './route.ts';

/** A dead letter as it is shown: of its alerts the first ones. Times are ms since the epoch. */
export interface ShownLetter extends Omit<DeadLetter, 'notification'> {
  readonly receiver: string;
  readonly groupLabels: Labels;
  /** When it was decided. */
  readonly at: number;
  readonly status: AlertStatus;
  readonly alertCount: number;
  readonly alerts: readonly {
    readonly fingerprint: string;
    readonly labels: Labels;
    readonly status: AlertStatus;
    readonly startsAt: number;
  }[];
}

export interface AskedResend {
  readonly ids: readonly number[] | 'all';
  /** A receiver, or one of its integrations; undefined for where each was to go. */
  readonly to: string | undefined;
}

export interface Resent {
  readonly id: number;
  /** Where it waits now. */
  readonly queues: readonly string[];
}

export interface ResendResult {
  readonly resent: readonly Resent[];
  readonly refused: readonly { readonly id: number; readonly reason: string }[];
}

/** Notifications that were given up, for people to look at and to send again. */
export interface DeadLetters {
  /** The oldest first. Lets others have their turn in between: there may be many, and large ones. */
  list(): Promise<readonly ShownLetter[]>;
  /** Puts them back into the outbox as they were, to be sent at once. Each of them or not, with the reason. */
  resend(asked: AskedResend): ResendResult;
}

export interface DeadLetterDeps {
  readonly database: Database;
  readonly routing: Pick<Routing, 'receivers'>;
  readonly delivery: Pick<DeliveryWorker, 'wake'>;
  readonly clock: Clock;
  readonly log: Log;
}

const maxShownAlerts = 20;
/** Letters are read for so long before others get a turn. */
const stretchMs = 10;

export function createDeadLetters(deps: DeadLetterDeps): DeadLetters {
  const { database, delivery, clock, log } = deps;
  const outbox = createOutbox(database);
  const decisions = createDecisions(database);

  /** To the first of the ways as itself, to the others as copies. */
  function revive({ id, notification }: DeadLetter, queues: readonly string[]): Resent {
    const now = clock.now();
    for (const [index, queue] of queues.entries()) {
      const changed = { ...notification, receiver: receiverOf(queue) };
      if (index === 0) outbox.revive(id, { queue, notification: changed }, now);
      else outbox.add(queue, changed, now);
      const { groupKey, at: about } = notification;
      const reason = `dead letter ${id} is sent again by hand`;
      keepOutcome(decisions, { groupKey, queue }, { what: 'resent', same: '', reason, about }, now);
    }
    return { id, queues };
  }

  return {
    async list() {
      const shown: ShownLetter[] = [];
      let stretch = clock.monotonic();
      for (const id of outbox.deadIds()) {
        const letter = outbox.deadLetter(id);
        if (letter) shown.push(shownLetter(letter));
        if (clock.monotonic() - stretch < stretchMs) continue;
        await otherTurns();
        stretch = clock.monotonic();
      }
      return shown;
    },
    resend({ ids, to }) {
      const chosen = [...new Set(ids === 'all' ? outbox.deadIds() : ids)];
      const [resent, refused]: [Resent[], { id: number; reason: string }[]] = [[], []];
      database.transaction(() => {
        for (const id of chosen) {
          const letter = outbox.deadLetter(id);
          const queues = letter ? waysTo(deps.routing, to ?? letter.queue) : 'there is no such dead letter';
          if (letter && typeof queues !== 'string') resent.push(revive(letter, queues));
          else refused.push({ id, reason: String(queues) });
        }
      });
      for (const { id, queues } of resent) log.info({ id, queues }, 'dead letter sent again');
      if (resent.length > 0) delivery.wake();
      return { resent, refused };
    },
  };
}

/** The queues of a receiver, or one of them by its own name; a text says why there are none. */
function waysTo({ receivers }: DeadLetterDeps['routing'], to: string): readonly string[] | string {
  const all = [...receivers.values()].flat().map(({ id }) => id);
  const ofReceiver = receivers.get(to);
  const found = ofReceiver ? ofReceiver.map(({ id }) => id) : all.filter((id) => id === to);
  if (found.length > 0) return found;
  const others = [...receivers].filter(([, integrations]) => integrations.length > 0).map(([name]) => name);
  const rest = others.length === 0 ? 'no receiver has any' : `choose one of: ${others.join(', ')}`;
  return ofReceiver ? `receiver ${to} has no integrations; ${rest}` : `${to} is not configured; ${rest}`;
}

/** `team/webhook[0]` → `team`; a receiver's own name may have slashes. */
function receiverOf(queue: string): string {
  return queue.replace(/\/[^/]*$/, '');
}

function shownLetter({ notification, ...letter }: DeadLetter): ShownLetter {
  const { receiver, groupLabels, at, alerts } = notification;
  return {
    ...letter,
    ...{ receiver, groupLabels, at, status: notificationStatus(notification), alertCount: alerts.length },
    alerts: alerts.slice(0, maxShownAlerts).map((alert) => shownAlert(alert, at)),
  };
}

function shownAlert(alert: Notification['alerts'][number], at: number): ShownLetter['alerts'][number] {
  const { fingerprint, labels, startsAt } = alert;
  return { fingerprint, labels, status: alertStatus(alert, at), startsAt };
}
