import type { Labels } from '../model/labels.ts';
import { type AlertGroup, createGroup, groupOf } from './group.ts';
import type { RouteNode } from './route.ts';

/** Every group there is: by route, because two routes may have the same key. Bounded. */
export interface GroupTable {
  /** The group for these labels, made where there is none; undefined where the bound keeps it out. */
  obtain(route: RouteNode, labels: Labels, now: number): AlertGroup | undefined;
  all(): readonly AlertGroup[];
  remove(group: AlertGroup): void;
  /** Moves every next flush by `ms`: after the clock was set. */
  postpone(ms: number): void;
  nextFlushAt(): number | undefined;
  readonly size: number;
}

export function createGroupTable(limit: number): GroupTable {
  const byRoute = new Map<RouteNode, Map<string, AlertGroup>>();
  const groups = new Set<AlertGroup>();
  return {
    obtain(route, labels, now) {
      const { key } = groupOf(route, labels);
      const known = byRoute.get(route)?.get(key);
      if (known || groups.size >= limit) return known;
      const group = createGroup(route, labels, now);
      groups.add(group);
      byRoute.set(route, (byRoute.get(route) ?? new Map()).set(key, group));
      return group;
    },
    all: () => [...groups],
    remove(group) {
      groups.delete(group);
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
