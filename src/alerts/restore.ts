import type { History } from '../samples/history.ts';
import type { StoredAlert } from '../state/alert-state.ts';
import type { AlertState } from './alert-machine.ts';

/** Prometheus' `--rules.alert.for-outage-tolerance`: after a longer outage a pending alert starts anew. */
const outageToleranceMs = 60 * 60_000;
/** Prometheus' `--rules.alert.for-grace-period`. */
const longestSettleMs = 10 * 60_000;
/** Slow collectors answer once within this. */
const shortestSettleMs = 60_000;

/**
 * An alert of the store as it goes on after a restart, or undefined where it is too old to go on.
 *
 * Prometheus has only the series ALERTS_FOR_STATE, guesses what was firing, and lets a restored alert wait up to ten
 * minutes before it fires again. The store knows the phase, so a firing alert simply goes on, however long the outage:
 * its receivers still hold it for firing, and either its next sight or its end must reach them. A pending one goes on
 * with the time it had; the time nobody looked does not count towards `for`. Nor does it count for how long a resolved
 * one is kept, but what came before it does: or who restarts again and again would keep them all.
 */
export function restored(
  { rule: _, ...stored }: StoredAlert,
  { downAt, at }: { readonly downAt: number; readonly at: number },
): AlertState | undefined {
  const base = {
    ...stored,
    firedAt: stored.firedAt,
    resolvedAt: stored.resolvedAt,
    keepFiringSince: stored.keepFiringSince,
    sentAt: undefined,
    restored: true,
  };
  if (stored.phase === 'resolved')
    return { ...base, retainedFrom: at - Math.max(0, downAt - (stored.resolvedAt ?? at)) };
  if (stored.phase === 'firing') return { ...base, retainedFrom: undefined };
  if (at - downAt > outageToleranceMs) return undefined;
  return { ...base, retainedFrom: undefined, activeAt: stored.activeAt + Math.max(0, at - downAt) };
}

/**
 * How long after a restart a restored alert that the expression does not return is still held: the samples are new,
 * so a range of ten minutes says nothing before ten minutes have passed. This is what is left of Prometheus' grace.
 */
export function settleMs(rangeMs: number): number {
  return Math.min(longestSettleMs, Math.max(shortestSettleMs, rangeMs));
}

/** When the first rules over each history began: those of a reload go on with what it knows, and need not settle. */
const beginnings = new WeakMap<History, number>();

export function beginningOf(history: History, at: number): number {
  const known = beginnings.get(history) ?? at;
  beginnings.set(history, known);
  return known;
}
