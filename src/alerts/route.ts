import type { Notification } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import { type Matcher, matchesAll } from '../model/matcher.ts';
import type { Delivery, ReceiverDeps } from './receivers/receiver.ts';
import type { TimeIntervals } from './time-interval.ts';

/** One way out of one receiver: an item of its `<kind>_configs`. */
export interface Integration {
  /** `<receiver>/<kind>[<index>]`: the name of its queue and of its entries in the notification log. */
  readonly id: string;
  readonly kind: string;
  readonly sendResolved: boolean;
  /** For one attempt. */
  readonly timeoutMs: number;
  send(deps: ReceiverDeps, notification: Notification, signal: AbortSignal): Promise<Delivery>;
}

/** The place of a route in an escalation. */
export interface EscalationStep {
  readonly chain: string;
  /** From 1. */
  readonly number: number;
}

/** A node of the route tree with everything that it inherits filled in. */
export interface RouteNode {
  /** Alertmanager's key of the route, `{}/{severity="page"}`: the first half of a group's key. */
  readonly key: string;
  readonly receiver: string;
  /** `all` for `group_by: ['...']`. */
  readonly groupBy: readonly string[] | 'all';
  readonly matchers: readonly Matcher[];
  readonly continue: boolean;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  /** Names of time intervals; not inherited. */
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly routes: readonly RouteNode[];
  /** Only where it stands beside the tree, as a step of an escalation: `groupWaitMs` is then counted from each alert's start. */
  readonly escalation?: EscalationStep;
}

export interface InhibitRule {
  readonly sourceMatchers: readonly Matcher[];
  readonly targetMatchers: readonly Matcher[];
  readonly equal: readonly string[];
}

/** An Alertmanager configuration, checked and ready. */
export interface Routing {
  readonly resolveTimeoutMs: number;
  readonly root: RouteNode;
  /** By receiver; a receiver without integrations has an empty list. */
  readonly receivers: ReadonlyMap<string, readonly Integration[]>;
  readonly inhibitRules: readonly InhibitRule[];
  readonly timeIntervals: TimeIntervals;
  /** The file's text without what may hold a secret. */
  readonly shown: string;
}

/**
 * The routes that take an alert, in the file's order: the deepest that match, the node itself where none of its
 * children does, and a later sibling only after one with `continue`.
 */
export function matchRoute({ root }: Pick<Routing, 'root'>, labels: Labels): readonly RouteNode[] {
  return matchNode(root, labels);
}

function matchNode(node: RouteNode, labels: Labels): readonly RouteNode[] {
  if (!matchesAll(labels, node.matchers)) return [];
  const found: RouteNode[] = [];
  for (const child of node.routes) {
    const matched = matchNode(child, labels);
    found.push(...matched);
    if (matched.length > 0 && !child.continue) break;
  }
  return found.length > 0 ? found : [node];
}
