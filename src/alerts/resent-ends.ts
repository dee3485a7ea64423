import type { Clock } from '../lib/clock.ts';
import { type Alert, type AlertStatus, alertStatus, type Notification } from '../model/alert.ts';
import type { Database } from '../state/database.ts';
import { createDecisions, type Way } from '../state/decisions.ts';
import { createNotificationLog, type NotificationLogEntry } from '../state/notification-log.ts';
import { createOutbox } from '../state/outbox.ts';
import type { Dispatcher } from './dispatch.ts';
import { keepOutcome } from './outcomes.ts';
import type { Routing } from './route.ts';

export interface ResentEndsDeps {
  readonly database: Database;
  readonly routing: Pick<Routing, 'receivers'>;
  readonly dispatcher: Pick<Dispatcher, 'alert' | 'placesOf'>;
  readonly clock: Clock;
}

/** Old letters speak of the past: this knows what became of their alerts, and tells it after them. */
export interface ResentEnds {
  /** Whether an alert that was given up fires by now; undefined where nobody can have said so yet. */
  statusNow(alert: Alert): AlertStatus | undefined;
  /** For how long after a start nobody knows that an alert has ended of which nothing is heard. */
  unknownForMs(): number;
  /** Sees to it that the receiver hears the end of all that a way still waits to tell of. */
  settle(way: Way): void;
}

/** By then whoever posts alerts has said them again: a Prometheus does so each minute. */
const heardAllAfterMs = 120_000;
/** Since when alerts are listened to. A reload goes on with the alerts that there were, so it starts nothing anew. */
const listeningSince = new WeakMap<Database, number>();

/** What is waiting says this of an alert at last. */
interface LastSaid {
  readonly alert: Alert;
  readonly said: AlertStatus;
  readonly is: AlertStatus;
}

export function createResentEnds({ database, routing, dispatcher, clock }: ResentEndsDeps): ResentEnds {
  const [outbox, notificationLog, decisions] = [
    createOutbox(database),
    createNotificationLog(database),
    createDecisions(database),
  ];
  const since = listeningSince.get(database) ?? clock.monotonic();
  listeningSince.set(database, since);

  function unknownForMs(): number {
    return Math.max(0, since + heardAllAfterMs - clock.monotonic());
  }

  function statusNow({ fingerprint }: Alert): AlertStatus | undefined {
    const known = dispatcher.alert(fingerprint);
    if (known) return alertStatus(known, clock.now());
    return unknownForMs() > 0 ? undefined : 'resolved';
  }

  function lastSaid(waiting: readonly Notification[]): readonly LastSaid[] {
    const said = new Map<string, LastSaid>();
    for (const { alerts, at } of waiting) {
      for (const alert of alerts) {
        const was = alertStatus(alert, at);
        said.set(alert.fingerprint, { alert, said: was, is: statusNow(alert) ?? was });
      }
    }
    return [...said.values()];
  }

  /** As the group's own news would be: with what still fires, so that nobody takes the whole group for ended. */
  function tellEnds(way: Way, latest: Notification, last: readonly LastSaid[]): void {
    const at = clock.now();
    const told = last.filter(({ said }) => said === 'firing');
    const isAllOver = told.every(({ is }) => is === 'resolved');
    const alerts = told.map(({ alert, is }) => asItIs(alert, is, { known: dispatcher.alert(alert.fingerprint), at }));
    const reason = isAllOver ? 'all alerts resolved' : 'some alerts resolved';
    outbox.add(way.queue, { ...latest, alerts, at, truncatedAlerts: 0, reason }, at);
    const words = 'the end of what it told follows a dead letter that is sent again';
    keepOutcome(decisions, way, { what: 'resent', same: 'end', reason: words, about: at }, at);
  }

  function keepLog({ queue, groupKey }: Way, latest: Notification, last: readonly LastSaid[]): void {
    const now = clock.now();
    const entry = notificationLog.get(groupKey, queue);
    const known = entry && entry.expiresAt > now ? entry : undefined;
    const place = dispatcher
      .placesOf(latest.alerts[0]?.labels ?? {})
      .find(({ key, route }) => key === groupKey && route.receiver === latest.receiver);
    const expiresAt = known?.expiresAt ?? (place && now + 2 * place.route.repeatIntervalMs);
    if (expiresAt === undefined) return;
    notificationLog.put({ groupKey, queue, ...knownAfter(known, last), at: known?.at ?? now, expiresAt });
  }

  return {
    statusNow,
    unknownForMs,
    settle(way) {
      const waiting = outbox.waiting(way.queue, way.groupKey).flatMap(({ id }) => outbox.notification(id) ?? []);
      const latest = waiting.at(-1);
      if (!latest) return;
      const last = lastSaid(waiting);
      const integration = [...routing.receivers.values()].flat().find(({ id }) => id === way.queue);
      if (integration?.sendResolved && last.some(isOwed)) tellEnds(way, latest, last);
      keepLog(way, latest, last);
    },
  };
}

function isOwed({ said, is }: LastSaid): boolean {
  return said === 'firing' && is === 'resolved';
}

function asItIs(
  alert: Alert,
  is: AlertStatus,
  { known, at }: { readonly known: Alert | undefined; readonly at: number },
): Alert {
  const endsAt = known?.endsAt ?? alert.endsAt;
  return { ...alert, endsAt: is === 'resolved' ? Math.min(endsAt, at) : endsAt, updatedAt: at };
}

/**
 * What the receiver will know when it has heard all of it. What fires is held: its group tells it anew as soon as
 * nothing keeps it from that, and its end in any case. What is wrongly taken for ended is told anew as well.
 */
function knownAfter(
  entry: NotificationLogEntry | undefined,
  last: readonly LastSaid[],
): Pick<NotificationLogEntry, 'firing' | 'resolved' | 'held'> {
  const { firing = [], resolved = [], held = [] } = entry ?? {};
  const of = (isSo: (each: LastSaid) => boolean): ReadonlySet<string> =>
    new Set(last.filter(isSo).map(({ alert }) => alert.fingerprint));
  const told = of(({ said, is }) => said === 'firing' && is === 'firing');
  const notFiring = of(({ said, is }) => said === 'resolved' || is === 'resolved');
  const ended = of(({ is }) => is === 'resolved');
  const stillFiring = firing.filter((fingerprint) => !notFiring.has(fingerprint));
  const stillHeld = new Set([...held, ...told]);
  return {
    firing: stillFiring,
    resolved: [...new Set([...resolved, ...ended])],
    held: [...stillHeld].filter((fingerprint) => !notFiring.has(fingerprint) && !stillFiring.includes(fingerprint)),
  };
}
