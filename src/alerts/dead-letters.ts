import { otherTurns } from '../lib/event-loop.ts';
import type { Log } from '../lib/log.ts';
import { type Alert, type AlertStatus, alertStatus, type Notification, notificationStatus } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import { createDecisions, type Way } from '../state/decisions.ts';
import { createOutbox, type DeadLetter } from '../state/outbox.ts';
import type { DeliveryWorker } from './deliver.ts';
import { keepOutcome } from './outcomes.ts';
import { createResentEnds, type ResentEnds, type ResentEndsDeps } from './resent-ends.ts';

/** A dead letter as it is shown: of its alerts the first ones. Times are ms since the epoch. */
export interface ShownLetter extends Omit<DeadLetter, 'notification'> {
  readonly receiver: string;
  readonly groupLabels: Labels;
  /** When it was decided. */
  readonly at: number;
  readonly status: AlertStatus;
  readonly alertCount: number;
  /** Of those that it tells as firing, how many fire no longer. */
  readonly endedCount: number;
  readonly alerts: readonly {
    readonly fingerprint: string;
    readonly labels: Labels;
    readonly status: AlertStatus;
    readonly startsAt: number;
    /** Undefined where that is not known yet, soon after a start. */
    readonly statusNow: AlertStatus | undefined;
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

export interface Refusal {
  readonly id: number;
  readonly reason: string;
}

export interface ResendResult {
  readonly resent: readonly Resent[];
  readonly refused: readonly Refusal[];
}

/** Notifications that were given up, for people to look at and to send again. */
export interface DeadLetters {
  /** The oldest first. Lets others have their turn in between: there may be many, and large ones. */
  list(): Promise<readonly ShownLetter[]>;
  /**
   * Puts them back into the outbox as they were, to be sent at once. Each of them or not, with the reason. What has ended
   * since is told ended after them.
   */
  resend(asked: AskedResend): ResendResult;
}

export interface DeadLetterDeps extends ResentEndsDeps {
  readonly delivery: Pick<DeliveryWorker, 'wake'>;
  readonly log: Log;
}

interface Revived extends Resent {
  readonly groupKey: string;
}

const maxShownAlerts = 20;
/** Letters are read for so long before others get a turn. */
const stretchMs = 10;

export function createDeadLetters(deps: DeadLetterDeps): DeadLetters {
  const { database, delivery, clock, log } = deps;
  const outbox = createOutbox(database);
  const decisions = createDecisions(database);
  const ends = createResentEnds(deps);

  /** To the first of the ways as itself, to the others as copies. */
  function revive({ id, notification }: DeadLetter, queues: readonly string[]): void {
    const now = clock.now();
    for (const [index, queue] of queues.entries()) {
      const changed = { ...notification, receiver: receiverOf(queue) };
      if (index === 0) outbox.revive(id, { queue, notification: changed }, now);
      else outbox.add(queue, changed, now);
      const { groupKey, at: about } = notification;
      const reason = `dead letter ${id} is sent again by hand`;
      keepOutcome(decisions, { groupKey, queue }, { what: 'resent', same: '', reason, about }, now);
    }
  }

  function tryRevive(id: number, to: string | undefined): Revived | Refusal {
    const letter = outbox.deadLetter(id);
    if (!letter) return { id, reason: 'there is no such dead letter' };
    const queues = waysTo(deps.routing, to ?? letter.queue);
    if (typeof queues === 'string') return { id, reason: queues };
    if (firingIn(letter.notification).some((alert) => ends.statusNow(alert) === undefined)) {
      const seconds = Math.ceil(ends.unknownForMs() / 1000);
      const reason = `soon after a start it is not known whether its alerts still fire: send it again in ${seconds} s`;
      return { id, reason };
    }
    revive(letter, queues);
    return { id, queues, groupKey: letter.groupKey };
  }

  function reviveAll(ids: readonly number[], to: string | undefined): readonly (Revived | Refusal)[] {
    return database.transaction(() => {
      const results = ids.map((id) => tryRevive(id, to));
      for (const way of waysOf(results)) ends.settle(way);
      return results;
    });
  }

  return {
    async list() {
      const shown: ShownLetter[] = [];
      let stretch = clock.monotonic();
      for (const id of outbox.deadIds()) {
        const letter = outbox.deadLetter(id);
        if (letter) shown.push(shownLetter(letter, ends));
        if (clock.monotonic() - stretch < stretchMs) continue;
        await otherTurns();
        stretch = clock.monotonic();
      }
      return shown;
    },
    resend({ ids, to }) {
      const results = reviveAll([...new Set(ids === 'all' ? outbox.deadIds() : ids)], to);
      const resent = results.filter((each) => 'queues' in each).map(({ id, queues }) => ({ id, queues }));
      for (const each of resent) log.info(each, 'dead letter sent again');
      if (resent.length > 0) delivery.wake();
      return { resent, refused: results.filter((each) => 'reason' in each) };
    },
  };
}

/** Each way once, however many letters go there. */
function waysOf(results: readonly (Revived | Refusal)[]): readonly Way[] {
  const ways = results
    .filter((each) => 'queues' in each)
    .flatMap(({ queues, groupKey }) => queues.map((queue) => ({ queue, groupKey })));
  return [...new Map(ways.map((way) => [JSON.stringify([way.queue, way.groupKey]), way])).values()];
}

function firingIn({ alerts, at }: Notification): readonly Alert[] {
  return alerts.filter((alert) => alertStatus(alert, at) === 'firing');
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

function shownLetter({ notification, ...letter }: DeadLetter, ends: ResentEnds): ShownLetter {
  const { receiver, groupLabels, at, alerts } = notification;
  return {
    ...letter,
    ...{ receiver, groupLabels, at, status: notificationStatus(notification), alertCount: alerts.length },
    endedCount: firingIn(notification).filter((alert) => ends.statusNow(alert) === 'resolved').length,
    alerts: alerts.slice(0, maxShownAlerts).map((alert) => shownAlert(alert, at, ends.statusNow(alert))),
  };
}

function shownAlert(alert: Alert, at: number, statusNow: AlertStatus | undefined): ShownLetter['alerts'][number] {
  const { fingerprint, labels, startsAt } = alert;
  return { fingerprint, labels, status: alertStatus(alert, at), startsAt, statusNow };
}
