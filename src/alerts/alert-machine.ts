import type { StoredAlert } from '../state/alert-state.ts';
import type { AlertingRule } from './rules.ts';

/** One alert of one rule, over time: what is kept over a restart, and what only this process knows. */
export interface AlertState extends Omit<StoredAlert, 'rule'> {
  /** From when a resolved alert is kept: when it ended, or when a restart brought it back. */
  readonly retainedFrom: number | undefined;
  readonly sentAt: number | undefined;
  /** Came from the store and no evaluation has seen it yet. */
  readonly restored: boolean;
}

export type AlertStates = ReadonlyMap<string, AlertState>;

/** What the expression returned, as the alert that it asks for. */
export type FoundAlert = Pick<AlertState, 'fingerprint' | 'labels' | 'annotations' | 'value'>;

const resolvedRetentionMs = 15 * 60_000;

export interface Step {
  readonly rule: Pick<AlertingRule, 'forMs' | 'keepFiringForMs'>;
  readonly found: readonly FoundAlert[];
  readonly at: number;
  readonly generatorURL: string;
  /** Whether what a restart brought back and nobody has seen since may be taken for ended. */
  readonly settled: boolean;
}

/** One evaluation's effect: pending, firing, resolved, gone. The given states are left as they are. */
export function step(states: AlertStates, { rule, found, at, generatorURL, settled }: Step): AlertStates {
  const next = new Map<string, AlertState>();
  const seen = new Set(found.map((alert) => alert.fingerprint));
  for (const state of states.values()) {
    if (seen.has(state.fingerprint)) continue;
    const after = unseen(state, { rule, at, settled });
    if (after) next.set(after.fingerprint, after);
  }
  for (const alert of found) {
    const known = states.get(alert.fingerprint);
    const active = known && known.phase !== 'resolved' ? continued(known, alert) : begun(alert, at, generatorURL);
    next.set(alert.fingerprint, ripened(active, rule.forMs, at));
  }
  return next;
}

function continued(known: AlertState, { annotations, value }: FoundAlert): AlertState {
  return { ...known, annotations, value, keepFiringSince: undefined, restored: false };
}

function begun(alert: FoundAlert, at: number, generatorURL: string): AlertState {
  return {
    ...alert,
    phase: 'pending',
    activeAt: at,
    firedAt: undefined,
    resolvedAt: undefined,
    keepFiringSince: undefined,
    generatorURL,
    retainedFrom: undefined,
    sentAt: undefined,
    restored: false,
  };
}

function ripened(state: AlertState, forMs: number, at: number): AlertState {
  if (state.phase !== 'pending') return state;
  // The clock was set back: at worst `for` begins anew, and does not wait until that time comes again.
  if (state.activeAt > at) return { ...state, activeAt: at };
  if (at - state.activeAt < forMs) return state;
  return { ...state, phase: 'firing', firedAt: at };
}

/** What becomes of an alert that the expression no longer returns; undefined for nothing. */
function unseen(
  state: AlertState,
  { rule, at, settled }: Pick<Step, 'rule' | 'at' | 'settled'>,
): AlertState | undefined {
  if (state.phase === 'resolved') {
    // However old: after a restart it is said once, because nobody knows whether it was.
    if (state.sentAt === undefined) return state;
    return at - (state.retainedFrom ?? at) > resolvedRetentionMs ? undefined : state;
  }
  if (state.restored && !settled) return state;
  if (state.phase === 'pending') return undefined;
  const since = Math.min(state.keepFiringSince ?? at, at);
  if (rule.keepFiringForMs > 0 && at - since < rule.keepFiringForMs) return { ...state, keepFiringSince: since };
  return { ...state, phase: 'resolved', resolvedAt: at, retainedFrom: at, restored: false };
}
