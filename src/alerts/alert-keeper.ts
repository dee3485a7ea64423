import { type Log, reasonOf } from '../lib/log.ts';
import type { AlertKey, AlertStateStore, StoredAlert } from '../state/alert-state.ts';
import type { AlertState, AlertStates } from './alert-machine.ts';
import { restored } from './restore.ts';
import type { Tracked } from './rule-run.ts';

/** Every rule's alerts at one moment, by the rule's id. */
export type Snapshot = ReadonlyMap<string, AlertStates>;

export function snapshot(tracked: readonly Tracked[]): Snapshot {
  return new Map(tracked.map(({ id, states }) => [id, states]));
}

/** The alerts that an earlier process left, by rule. A store that cannot be read is no reason not to watch. */
export function restoreAlerts(
  { store, log }: { readonly store: AlertStateStore; readonly log: Log },
  at: number,
): Snapshot {
  try {
    const downAt = store.lastEvaluation() ?? at;
    const byRule = Map.groupBy(store.load(), ({ rule }) => rule);
    return new Map([...byRule].map(([rule, alerts]) => [rule, statesOf(alerts, { downAt, at })]));
  } catch (error) {
    log.error({ reason: reasonOf(error) }, 'alert state could not be restored');
    return new Map();
  }
}

function statesOf(
  alerts: readonly StoredAlert[],
  times: { readonly downAt: number; readonly at: number },
): AlertStates {
  const states = alerts.flatMap((alert) => restored(alert, times) ?? []);
  return new Map(states.map((state) => [state.fingerprint, state]));
}

/** Logs and writes what changed since `before`; the time alone only while a `for` counts on it. */
export function keepAlerts(
  { store, log }: { readonly store: AlertStateStore; readonly log: Log },
  { before, after, at }: { readonly before: Snapshot; readonly after: Snapshot; readonly at: number },
): void {
  const changed = [...after].flatMap(([rule, states]) => changedAlerts(rule, before.get(rule), states));
  const removed = [...before].flatMap(([rule, states]) => removedAlerts(rule, states, after.get(rule)));
  for (const { labels, phase } of changed)
    log.info({ alertname: labels.alertname, state: phase, labels }, 'alert changed');
  const isWaiting = [...after.values()].some((states) => [...states.values()].some(({ phase }) => phase === 'pending'));
  if (changed.length === 0 && removed.length === 0 && !isWaiting) return;
  try {
    store.save(changed, removed, at);
  } catch (error) {
    log.error({ reason: reasonOf(error) }, 'alert state could not be kept');
  }
}

function changedAlerts(rule: string, before: AlertStates | undefined, after: AlertStates): readonly StoredAlert[] {
  return [...after.values()]
    .filter((state) => hasChanged(before?.get(state.fingerprint), state))
    .map((state) => storedFrom(rule, state));
}

/** Values and annotations move with every evaluation, and the next one finds them anew. */
function hasChanged(before: AlertState | undefined, after: AlertState): boolean {
  return (
    before?.phase !== after.phase ||
    before.activeAt !== after.activeAt ||
    before.keepFiringSince !== after.keepFiringSince ||
    before.restored !== after.restored
  );
}

function removedAlerts(rule: string, before: AlertStates, after: AlertStates | undefined): readonly AlertKey[] {
  return [...before.keys()].filter((key) => !after?.has(key)).map((fingerprint) => ({ rule, fingerprint }));
}

function storedFrom(rule: string, state: AlertState): StoredAlert {
  const { fingerprint, labels, annotations, phase, value, activeAt, firedAt, resolvedAt, keepFiringSince } = state;
  return {
    rule,
    fingerprint,
    labels,
    annotations,
    phase,
    value,
    activeAt,
    firedAt,
    resolvedAt,
    keepFiringSince,
    generatorURL: state.generatorURL,
  };
}
