import { type Alert, alertStatus } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import { inOrder } from './alert-order.ts';
import { quote } from './go-format.ts';
import type { RouteNode } from './route.ts';

/** Alerts of one route that share its `group_by` labels and are told together. */
export interface AlertGroup {
  /** `{}/{severity="page"}:{alertname="Down"}`, as Alertmanager writes it. */
  readonly key: string;
  readonly route: RouteNode;
  readonly labels: Labels;
  readonly alerts: Map<string, Alert>;
  /** In a step of an escalation, since when each of its alerts is known. */
  readonly heardAt: Map<string, number>;
  nextFlushAt: number;
  hasFlushed: boolean;
}

/** The group's key and labels for an alert, before there is a group. */
export function groupOf(route: RouteNode, labels: Labels): Pick<AlertGroup, 'key' | 'labels'> {
  const { groupBy } = route;
  const names = groupBy === 'all' ? Object.keys(labels) : groupBy.filter((name) => Object.hasOwn(labels, name));
  const pairs = [...names].sort().map((name): [string, string] => [name, labels[name] ?? '']);
  const text = pairs.map(([name, value]) => `${name}=${quote(value)}`).join(', ');
  return { key: `${route.key}:{${text}}`, labels: Object.fromEntries(pairs) };
}

export function createGroup(route: RouteNode, labels: Labels, now: number): AlertGroup {
  return {
    ...groupOf(route, labels),
    route,
    alerts: new Map(),
    heardAt: new Map(),
    nextFlushAt: now + route.groupWaitMs,
    hasFlushed: false,
  };
}

/**
 * An alert that has already waited as long as the group would does not wait again: so after a restart. As in Alertmanager
 * 0.33 only the group's first alert is asked: an old one that joins does not cut the others' wait short. For a step of an
 * escalation each alert's own time counts, and it is asked at once, so that it can say until when it waits.
 */
export function insert(group: AlertGroup, alert: Alert, now: number): void {
  const isFirst = group.alerts.size === 0;
  const known = group.alerts.get(alert.fingerprint);
  const isNew = known?.startsAt !== alert.startsAt;
  const isBegin = !known || alertStatus(known, now) === 'resolved';
  // A reload goes on with alerts that were heard of before it.
  if (isBegin && group.route.escalation) group.heardAt.set(alert.fingerprint, Math.min(alert.updatedAt, now));
  group.alerts.set(alert.fingerprint, alert);
  const due = dueAt(group, alert);
  const isAskedNow = group.route.escalation
    ? isNew && (due > now || !group.hasFlushed)
    : isFirst && !group.hasFlushed && due < now;
  if (isAskedNow) group.nextFlushAt = now;
}

/**
 * When an alert has waited as long as its route asks. Alertmanager lets an alert that is posted with an end and no start
 * begin at its end: a step of an escalation counts from when it was heard of, or it would never be due.
 */
export function dueAt({ heardAt, route }: AlertGroup, { fingerprint, startsAt }: Alert): number {
  return Math.min(startsAt, heardAt.get(fingerprint) ?? startsAt) + route.groupWaitMs;
}

/** What the group has to say now, in Alertmanager's order; the next turn is one group_interval away. */
export function beginFlush(group: AlertGroup, now: number): readonly Alert[] {
  group.hasFlushed = true;
  group.nextFlushAt = Math.min(now + group.route.groupIntervalMs, nextDue(group, now));
  return inOrder([...group.alerts.values()]);
}

/** When the next alert is old enough for a step of an escalation: none waits for another's turn. */
function nextDue(group: AlertGroup, now: number): number {
  const waiting = group.route.escalation ? [...group.alerts.values()].map((alert) => dueAt(group, alert)) : [];
  return waiting.filter((due) => due > now).reduce((first, due) => Math.min(first, due), Number.POSITIVE_INFINITY);
}

/** What was resolved has now been said. */
export function endFlush(group: AlertGroup, now: number): void {
  for (const [fingerprint, alert] of group.alerts) {
    if (alertStatus(alert, now) !== 'resolved') continue;
    group.alerts.delete(fingerprint);
    group.heardAt.delete(fingerprint);
  }
}
