import { type Alert, alertStatus } from './alert.ts';

/** When an alert counts as flapping. Times are milliseconds. */
export interface FlapSettings {
  readonly changes: number;
  readonly withinMs: number;
  readonly steadyForMs: number;
}

/** How one alert went lately. Times are milliseconds since the epoch. */
export interface FlapHistory {
  /** As it was last said. */
  readonly alert: Alert;
  /** Whether it fired when it was last said. */
  readonly isFiring: boolean;
  /** When it changed between firing and resolved, the newest last; no more than are counted. */
  readonly changes: readonly number[];
  /** Since when it counts as flapping; undefined where it does not. */
  readonly since: number | undefined;
  /** When it began for its groups, which saw none of the ends of a flapping one; undefined where that is its own start. */
  readonly begunAt: number | undefined;
}

/** What follows when the alert is said. The first time it is said is no change. */
export function saidAgain(
  before: FlapHistory | undefined,
  said: Alert,
  { now, settings }: { readonly now: number; readonly settings: FlapSettings },
): FlapHistory {
  const isFiring = alertStatus(said, now) === 'firing';
  if (!before) return { alert: said, isFiring, changes: [], since: undefined, begunAt: undefined };
  const hasLapsed = before.isFiring && before.alert.endsAt <= now;
  const lapsed = hasLapsed ? [before.alert.endsAt] : [];
  const changed = isFiring !== (before.isFiring && !hasLapsed) ? [now] : [];
  const changes = [...before.changes, ...lapsed, ...changed].slice(-settings.changes);
  const recent = changes.filter((at) => at > now - settings.withinMs);
  const goesOn = before.since !== undefined && now - (changes.at(-1) ?? 0) < settings.steadyForMs;
  const since = goesOn ? before.since : beginning(recent, now, settings);
  const hasGoneOn = since !== undefined || (isFiring && before.isFiring && !hasLapsed && before.begunAt !== undefined);
  const begunAt = hasGoneOn ? Math.min(said.startsAt, before.begunAt ?? said.startsAt) : undefined;
  return { alert: said, isFiring, changes, since, begunAt };
}

/** Only a change can begin it: what has been steady long enough is not flapping for what it did before. */
function beginning(recent: readonly number[], now: number, { changes, steadyForMs }: FlapSettings): number | undefined {
  const isUnsteady = now - (recent.at(-1) ?? Number.NEGATIVE_INFINITY) < steadyForMs;
  return isUnsteady && recent.length >= changes ? now : undefined;
}

/** Until when the end of a flapping alert is held back, as far as is known now. */
export function heldUntil({ alert, isFiring, changes }: FlapHistory, { steadyForMs }: FlapSettings): number {
  return (isFiring ? alert.endsAt : (changes.at(-1) ?? alert.endsAt)) + steadyForMs;
}
