import type { Path } from '../lib/document.ts';
import type { Report } from './report.ts';
import type { RouteSettings, RoutingSettings } from './routing-schema.ts';
import type { TimeInterval, TimeIntervals } from './time-interval.ts';

/** `mute_time_intervals` on top is the old name; both share their names. */
const topKeys = ['mute_time_intervals', 'time_intervals'] as const;

export function buildTimeIntervals(
  settings: Pick<RoutingSettings, (typeof topKeys)[number]>,
  report: Report,
): TimeIntervals {
  const found = new Map<string, readonly TimeInterval[]>();
  for (const key of topKeys) {
    for (const [index, { name, time_intervals: intervals }] of (settings[key] ?? []).entries()) {
      if (found.has(name)) {
        report([key, index, 'name'], `found ${JSON.stringify(name)} a second time`, 'Rename the time interval');
      }
      found.set(name, intervals);
    }
  }
  return found;
}

/** Every name that a route uses must be there. */
export function checkIntervalNames(
  route: RouteSettings,
  path: Path,
  at: { readonly timeIntervals: TimeIntervals; readonly report: Report },
): void {
  for (const key of ['mute_time_intervals', 'active_time_intervals'] as const) {
    for (const [index, name] of (route[key] ?? []).entries()) {
      if (at.timeIntervals.has(name)) continue;
      const message = `found ${JSON.stringify(name)}, which no time interval is called`;
      at.report([...path, key, index], message, 'Add it to time_intervals');
    }
  }
  for (const [index, child] of (route.routes ?? []).entries())
    checkIntervalNames(child, [...path, 'routes', index], at);
}
