import type { Clock } from '../lib/clock.ts';
import { type Alert, alertStatus } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import { type AlertGroup, groupOf } from './group.ts';
import type { GroupTable } from './group-table.ts';
import type { Inhibitor } from './inhibit.ts';
import type { Suppression } from './pipeline.ts';
import { type EscalationStep, matchRoute, type RouteNode, type Routing } from './route.ts';
import type { Silences } from './silences.ts';

export interface AlertView {
  readonly alert: Alert;
  readonly status: 'active' | 'suppressed' | 'resolved';
  /** Fingerprints of the alerts that inhibit it. */
  readonly inhibitedBy: readonly string[];
  /** Ids of the silences that match. */
  readonly silencedBy: readonly string[];
  readonly receivers: readonly string[];
}

export interface GroupView {
  readonly key: string;
  readonly receiver: string;
  /** Where its route is a step of an escalation, beside the tree. */
  readonly step: EscalationStep | undefined;
  readonly labels: Labels;
  readonly alerts: readonly AlertView[];
  readonly nextFlushAt: number;
  /** Names of the time intervals that muted it at its last flush. */
  readonly mutedBy: readonly string[];
  /** Why the last flush left something unsaid: `inhibited by fingerprint …`, `already told to …`. */
  readonly suppressed: readonly Suppression[];
}

/** A route that takes an alert, and its group there, which need not be there yet. */
export interface Place {
  readonly route: RouteNode;
  readonly key: string;
  readonly labels: Labels;
  readonly nextFlushAt: number | undefined;
  /** What its last flush left unsaid, and why. */
  readonly suppressed: readonly Suppression[];
}

interface ViewDeps {
  readonly routing: Routing;
  readonly groups: Pick<GroupTable, 'get'>;
  readonly silences: Pick<Silences, 'silencing'>;
  readonly clock: Pick<Clock, 'now'>;
  inhibitor(): Inhibitor;
  /** What the group's last flush left unsaid. */
  suppressedIn(group: AlertGroup): readonly Suppression[];
}

/** Alerts, groups and places as people and programs are shown them. */
export interface DispatchViews {
  ofAlert(alert: Alert): AlertView;
  ofGroup(group: AlertGroup): GroupView;
  ofPlace(route: RouteNode, labels: Labels): Place;
}

export function createDispatchViews({ routing, groups, silences, clock, ...deps }: ViewDeps): DispatchViews {
  const { inhibitor, suppressedIn } = deps;

  function ofAlert(alert: Alert): AlertView {
    const inhibitedBy = inhibitor()(alert.labels);
    const silencedBy = silences.silencing(alert.labels);
    const live = inhibitedBy.length + silencedBy.length > 0 ? 'suppressed' : 'active';
    const status = alertStatus(alert, clock.now()) === 'resolved' ? 'resolved' : live;
    const receivers = matchRoute(routing, alert.labels).map(({ receiver }) => receiver);
    return { alert, status, inhibitedBy, silencedBy, receivers };
  }

  function ofGroup(group: AlertGroup): GroupView {
    const { key, route, labels, nextFlushAt } = group;
    const suppressed = suppressedIn(group);
    return {
      ...{ key, receiver: route.receiver, step: route.escalation, labels, nextFlushAt },
      ...{ alerts: [...group.alerts.values()].map(ofAlert), mutedBy: mutedBy(suppressed), suppressed },
    };
  }

  function ofPlace(route: RouteNode, labels: Labels): Place {
    const would = groupOf(route, labels);
    const group = groups.get(route, would.key);
    return { route, ...would, nextFlushAt: group?.nextFlushAt, suppressed: group ? suppressedIn(group) : [] };
  }

  return { ofAlert, ofGroup, ofPlace };
}

function mutedBy(reasons: readonly Suppression[]): readonly string[] {
  const muted = reasons.filter(({ by }) => by === 'mute_time_interval' || by === 'active_time_interval');
  return [...new Set(muted.flatMap(({ sources }) => sources))];
}
