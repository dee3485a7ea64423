import type { RouteNode } from './route.ts';
import { holding, type TimeIntervals } from './time-interval.ts';

/** Why a route is not to speak now. */
export interface Mute {
  readonly by: 'mute_time_interval' | 'active_time_interval';
  /** The intervals that mute it, or the active ones of which none holds. */
  readonly names: readonly string[];
}

type MutedRoute = Pick<RouteNode, 'muteTimeIntervals' | 'activeTimeIntervals'>;

/** Undefined where it may speak. The active intervals are asked first, as in Alertmanager. */
export function muteOf(intervals: TimeIntervals, route: MutedRoute, at: number): Mute | undefined {
  const { muteTimeIntervals: mute, activeTimeIntervals: active } = route;
  if (active.length > 0 && holding(intervals, active, at).length === 0) {
    return { by: 'active_time_interval', names: active };
  }
  const names = mute.length === 0 ? [] : holding(intervals, mute, at);
  return names.length === 0 ? undefined : { by: 'mute_time_interval', names };
}
