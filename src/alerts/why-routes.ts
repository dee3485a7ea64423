import type { Clock } from '../lib/clock.ts';
import type { Labels } from '../model/labels.ts';
import { type Decision, isOutcome } from '../state/decisions.ts';
import type { Outbox, OutboxEntry } from '../state/outbox.ts';
import type { Dispatcher } from './dispatch.ts';
import type { AlertView, Place } from './dispatch-views.ts';
import { formatMatchers } from './matchers.ts';
import { muteOf } from './mute.ts';
import type { EscalationStep, RouteNode, Routing } from './route.ts';

/** What keeps an alert from being told now. Times are ms since the epoch. */
export interface Holding {
  readonly by: 'inhibition' | 'silence';
  /** The fingerprint of the inhibiting alert, or the silence's id. */
  readonly source: string;
  /** Of the inhibiting alert. */
  readonly labels: Labels | undefined;
  readonly createdBy: string | undefined;
  readonly comment: string | undefined;
  readonly until: number | undefined;
}

/** One way out of the route's receiver. */
export interface WayStory {
  /** `team/webhook[0]`; `team/log` for a receiver that has no integrations. */
  readonly queue: string;
  readonly sendResolved: boolean;
  /** What was decided last for this alert, or after that for its group as a whole. */
  readonly latest: Decision | undefined;
  /** What it was told last. */
  readonly told: Decision | undefined;
  /** What came of the group's notifications last. */
  readonly outcome: Decision | undefined;
  /** Notifications of the group that are not accepted yet. */
  readonly waiting: readonly OutboxEntry[];
}

export interface RouteStory {
  /** The matchers on the way down to it: none of the root's. */
  readonly matchers: readonly string[];
  readonly key: string;
  readonly receiver: string;
  readonly step: EscalationStep | undefined;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  /** Undefined where the group is not there. */
  readonly nextFlushAt: number | undefined;
  /** What time mutes it with now. */
  readonly mutedBy: readonly string[];
  /** Why the last flush left it unsaid, or its group. */
  readonly suppressed: readonly { readonly reason: string; readonly until: number | undefined }[];
  readonly ways: readonly WayStory[];
}

interface Deps {
  readonly dispatcher: Pick<Dispatcher, 'alert' | 'placesOf' | 'silences'>;
  readonly routing: Routing;
  readonly outbox: Pick<Outbox, 'waiting'>;
  readonly clock: Pick<Clock, 'now'>;
}

const maxHoldings = 10;

export function holdings({ dispatcher }: Deps, view: AlertView | undefined): readonly Holding[] {
  if (!view) return [];
  const { silences } = dispatcher;
  const none = { labels: undefined, createdBy: undefined, comment: undefined, until: undefined };
  const inhibiting = view.inhibitedBy.slice(0, maxHoldings).map((source): Holding => {
    return { ...none, by: 'inhibition', source, labels: dispatcher.alert(source)?.labels };
  });
  const silencing = view.silencedBy.slice(0, maxHoldings).map((source): Holding => {
    const { createdBy, comment, endsAt: until } = silences.get(source) ?? {};
    return { ...none, by: 'silence', source, createdBy, comment, until };
  });
  return [...inhibiting, ...silencing];
}

interface Alert {
  readonly fingerprint: string;
  readonly labels: Labels;
}

/** Where the alert goes, or would go; `about` are the decisions about it, the latest first. */
export function routeStories(deps: Deps, alert: Alert, about: readonly Decision[]): readonly RouteStory[] {
  return deps.dispatcher.placesOf(alert.labels).map((place) => routeStory(deps, place, { alert, about }));
}

interface Told {
  readonly alert: Alert;
  readonly about: readonly Decision[];
}

function routeStory(deps: Deps, { route, key, labels, nextFlushAt, suppressed }: Place, told: Told): RouteStory {
  const { routing, clock } = deps;
  const trail = trailTo(routing.root, route) ?? [routing.root, route];
  const { fingerprint } = told.alert;
  const unsaid = suppressed.filter((each) => each.fingerprint === undefined || each.fingerprint === fingerprint);
  const words = unsaid.map(({ reason, until }) => ({ reason, until }));
  return {
    matchers: trail.slice(1).map(({ matchers }) => formatMatchers(matchers)),
    ...{ key: route.key, receiver: route.receiver, step: route.escalation, nextFlushAt },
    ...{ groupKey: key, groupLabels: labels },
    mutedBy: muteOf(routing.timeIntervals, route, clock.now())?.names ?? [],
    // One receiver may have several ways that are silent for the same reason.
    suppressed: words.filter(({ reason }, index) => words.findIndex((each) => each.reason === reason) === index),
    ways: waysOf(deps, route.receiver).map((way) => wayStory(deps, { ...way, groupKey: key }, told)),
  };
}

/** From the root to the route; undefined where it is not in the tree. */
function trailTo(node: RouteNode, route: RouteNode): readonly RouteNode[] | undefined {
  if (node === route) return [node];
  for (const child of node.routes) {
    const trail = trailTo(child, route);
    if (trail) return [node, ...trail];
  }
  return undefined;
}

function waysOf({ routing }: Deps, receiver: string): readonly Pick<WayStory, 'queue' | 'sendResolved'>[] {
  const integrations = routing.receivers.get(receiver) ?? [];
  if (integrations.length === 0) return [{ queue: `${receiver}/log`, sendResolved: true }];
  return integrations.map(({ id: queue, sendResolved }) => ({ queue, sendResolved }));
}

interface WayAt {
  readonly queue: string;
  readonly sendResolved: boolean;
  readonly groupKey: string;
}

function wayStory({ outbox }: Deps, { queue, sendResolved, groupKey }: WayAt, { about }: Told): WayStory {
  const here = about.filter((each) => each.queue === queue && each.groupKey === groupKey);
  return {
    ...{ queue, sendResolved },
    latest: here.find(({ what }) => !isOutcome(what)),
    told: here.find(({ what }) => what === 'told'),
    outcome: here.find(({ what }) => isOutcome(what)),
    waiting: outbox.waiting(queue, groupKey),
  };
}
