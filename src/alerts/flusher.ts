import { type Log, reasonOf } from '../lib/log.ts';
import { type Alert, alertStatus, type Notification, type NotificationReason } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import type { Silence } from '../model/silence.ts';
import type { Database } from '../state/database.ts';
import { createDecisions } from '../state/decisions.ts';
import { createNotificationLog, type NotificationLog, type NotificationLogEntry } from '../state/notification-log.ts';
import { createOutbox, type Outbox } from '../state/outbox.ts';
import { toldBy } from './dedup.ts';
import type { Escalation } from './escalation.ts';
import type { FlapDamper } from './flap.ts';
import { type AlertGroup, beginFlush, endFlush } from './group.ts';
import type { Inhibitor } from './inhibit.ts';
import {
  type Channel,
  dedupStage,
  type Flush,
  flapStage,
  heldForFiring,
  inhibitStage,
  runStages,
  type Stage,
  type Suppression,
  silenceStage,
  timeStage,
} from './pipeline.ts';
import { createReasons } from './reasons.ts';
import type { Routing } from './route.ts';

export interface FlusherDeps {
  readonly routing: Routing;
  readonly database: Database;
  readonly log: Log;
  inhibitor(): Inhibitor;
  /** The ids of the silences that match. */
  silencing(labels: Labels): readonly string[];
  alert(fingerprint: string): Alert | undefined;
  silence(id: string): Silence | undefined;
  readonly escalation: Pick<Escalation, 'stages' | 'linked' | 'count'>;
  readonly damper: Pick<FlapDamper, 'holding' | 'since'>;
}

/** A way out that a worker serves, or the log alone for a receiver without integrations. */
interface OutwardChannel extends Channel {
  readonly isQueued: boolean;
}

/** What a group was kept from saying at its last flush. */
export type Suppressed = ReadonlyMap<AlertGroup, readonly Suppression[]>;

/** A group whose flush could not be kept on disk is tried again after this long. */
const retryMs = 10_000;

/**
 * Returns a function that flushes groups: through the stages, and then into the outbox and the notification log, for
 * all the groups in one transaction. So what was decided is on disk before anything is sent, and is decided once.
 */
export function createFlusher(deps: FlusherDeps) {
  const { routing, database, log, inhibitor, silencing, alert, silence, escalation, damper } = deps;
  const outbox = createOutbox(database);
  const notificationLog = createNotificationLog(database);
  const reasons = createReasons({ decisions: createDecisions(database), alert, silence });
  // Alertmanager's order: the first that holds an alert back is the reason that is told.
  const stages: readonly Stage[] = [
    inhibitStage(inhibitor),
    timeStage(routing.timeIntervals),
    silenceStage(silencing),
    ...escalation.stages,
    flapStage(damper),
    dedupStage(damper),
  ];
  const stores = { outbox, notificationLog, linked: escalation.linked };

  function flushGroup(
    group: AlertGroup,
    at: number,
  ): { readonly told: readonly Notification[]; readonly suppressed: readonly Suppression[] } {
    const alerts = beginFlush(group, at);
    const results = channelsOf(routing, group.route.receiver).map((channel) => {
      const entry = validEntry(notificationLog, { group, channel, at });
      const flush: Flush = { group, channel, at, entry };
      const { alerts: left, suppressed, reason } = runStages(stages, flush, alerts);
      const held = heldBack(entry, suppressed);
      if (!reason) keepEntry(notificationLog, flush, held);
      const told =
        reason && tell(stores, { group, channel, at, reason, held: [...held, ...heldAmong(entry, left, at)] }, left);
      const unwanted =
        reason && !channel.sendResolved ? left.filter((each) => alertStatus(each, at) === 'resolved') : [];
      reasons.keep(flush, { told: told?.alerts ?? [], unwanted, suppressed, reason });
      return { told, suppressed };
    });
    return {
      told: results.flatMap(({ told }) => told ?? []),
      suppressed: results.flatMap(({ suppressed }) => suppressed),
    };
  }

  return (groups: readonly AlertGroup[], at: number): Suppressed => {
    try {
      const results = database.transaction(() => {
        const flushed = groups.map((group) => ({ group, ...flushGroup(group, at) }));
        reasons.finish();
        return flushed;
      });
      for (const { group, told, suppressed } of results) {
        endFlush(group, at);
        escalation.count(group.route, told);
        for (const notification of told) logTold(log, notification);
        for (const each of suppressed) log.debug({ group: group.key, ...each }, 'suppressed');
      }
      return new Map(results.map(({ group, suppressed }) => [group, suppressed]));
    } catch (error) {
      reasons.forget();
      log.error({ reason: reasonOf(error) }, 'notifications could not be kept on disk');
      for (const group of groups) group.nextFlushAt = at + Math.min(retryMs, group.route.groupIntervalMs);
      return new Map();
    }
  };
}

function channelsOf({ receivers }: Routing, receiver: string): readonly OutwardChannel[] {
  const integrations = receivers.get(receiver) ?? [];
  if (integrations.length === 0) return [{ id: `${receiver}/log`, sendResolved: true, isQueued: false }];
  return integrations.map(({ id, sendResolved }) => ({ id, sendResolved, isQueued: true }));
}

function validEntry(
  log: NotificationLog,
  { group, channel, at }: Omit<Flush, 'entry'>,
): NotificationLogEntry | undefined {
  const entry = log.get(group.key, channel.id);
  return entry && entry.expiresAt > at ? entry : undefined;
}

/** What was told as firing and is held back now. */
function heldBack(entry: NotificationLogEntry | undefined, suppressed: readonly Suppression[]): readonly string[] {
  const told = heldForFiring(entry);
  return suppressed.flatMap(({ fingerprint }) => (fingerprint && told.has(fingerprint) ? [fingerprint] : []));
}

/** What is told anew to a channel that heard of it before: should this not arrive either, its end is owed still. */
function heldAmong(entry: NotificationLogEntry | undefined, alerts: readonly Alert[], at: number): readonly string[] {
  return toldBy(alerts, at).firing.filter((fingerprint) => entry?.held.includes(fingerprint));
}

/** What was told is not forgotten while it is held back, however long the silence: its end is still owed. */
function keepEntry(log: NotificationLog, { group, at, entry }: Flush, held: readonly string[]): void {
  const { repeatIntervalMs } = group.route;
  if (!entry || held.length === 0 || entry.expiresAt - at > repeatIntervalMs) return;
  log.put({ ...entry, expiresAt: at + 2 * repeatIntervalMs });
}

interface Told {
  readonly group: AlertGroup;
  readonly channel: OutwardChannel;
  readonly at: number;
  readonly reason: NotificationReason;
  readonly held: readonly string[];
}

interface TellDeps extends Pick<Escalation, 'linked'> {
  readonly outbox: Outbox;
  readonly notificationLog: NotificationLog;
}

/** The log keeps all that the channel now knows; a channel without `send_resolved` is told of the firing ones alone. */
function tell(
  { outbox, notificationLog, linked }: TellDeps,
  { group, channel, at, reason, held }: Told,
  alerts: readonly Alert[],
): Notification | undefined {
  const { key: groupKey, labels: groupLabels, route } = group;
  const expiresAt = at + 2 * route.repeatIntervalMs;
  notificationLog.put({ groupKey, queue: channel.id, ...toldBy(alerts, at), held, at, expiresAt });
  const sent = channel.sendResolved ? alerts : alerts.filter((alert) => alertStatus(alert, at) === 'firing');
  if (sent.length === 0) return undefined;
  const notification = {
    groupKey,
    receiver: route.receiver,
    groupLabels,
    alerts: linked(group, sent, at),
    at,
    truncatedAlerts: 0,
    reason,
  };
  if (channel.isQueued) outbox.add(channel.id, notification, at);
  return notification;
}

/** With no receiver configured this line is where an alert is heard of. */
function logTold(log: Log, { groupKey, receiver, alerts, at, reason }: Notification): void {
  const { firing, resolved } = toldBy(alerts, at);
  const names = [...new Set(alerts.map(({ labels }) => labels.alertname ?? ''))];
  log.info(
    { receiver, group: groupKey, reason, alerts: names, firing: firing.length, resolved: resolved.length },
    'notification',
  );
}
