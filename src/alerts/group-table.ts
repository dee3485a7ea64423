import type { Labels } from '../model/labels.ts';
import { type AlertGroup, createGroup, groupOf } from './group.ts';
import type { RouteNode } from './route.ts';

/** How many groups there may be. */
export interface GroupLimits {
  /** Of the route tree. */
  readonly groups: number;
  /** Of the steps of escalations, which so never keep a group of the tree out. */
  readonly stepGroups: number;
}

/** Every group there is: by route, because two routes may have the same key. Bounded. */
export interface GroupTable {
  /** The group for these labels, made where there is none; undefined where the bound keeps it out. */
  obtain(route: RouteNode, labels: Labels, now: number): AlertGroup | undefined;
  get(route: RouteNode, key: string): AlertGroup | undefined;
  all(): readonly AlertGroup[];
  remove(group: AlertGroup): void;
  /** Moves every next flush by `ms`: after the clock was set. */
  postpone(ms: number): void;
  nextFlushAt(): number | undefined;
  readonly size: number;
}

export function createGroupTable(limits: GroupLimits): GroupTable {
  const byRoute = new Map<RouteNode, Map<string, AlertGroup>>();
  const groups = new Set<AlertGroup>();
  let stepGroups = 0;

  function isFull({ escalation }: RouteNode): boolean {
    return escalation ? stepGroups >= limits.stepGroups : groups.size - stepGroups >= limits.groups;
  }

  return {
    obtain(route, labels, now) {
      const { key } = groupOf(route, labels);
      const known = byRoute.get(route)?.get(key);
      if (known || isFull(route)) return known;
      const group = createGroup(route, labels, now);
      groups.add(group);
      if (route.escalation) stepGroups++;
      byRoute.set(route, (byRoute.get(route) ?? new Map()).set(key, group));
      return group;
    },
    get: (route, key) => byRoute.get(route)?.get(key),
    all: () => [...groups],
    remove(group) {
      if (groups.delete(group) && group.route.escalation) stepGroups--;
      byRoute.get(group.route)?.delete(group.key);
    },
    postpone(ms) {
      for (const group of groups) group.nextFlushAt += ms;
    },
    nextFlushAt() {
      let next: number | undefined;
      for (const { nextFlushAt } of groups) next = Math.min(next ?? nextFlushAt, nextFlushAt);
      return next;
    },
    get size() {
      return groups.size;
    },
  };
}
