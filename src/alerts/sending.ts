import type { Alert } from '../model/alert.ts';
import type { AlertState } from './alert-machine.ts';
import type { Naming } from './external-labels.ts';

/** How often what has not changed is said again: Prometheus' `--rules.alert.resend-delay`. */
const resendDelayMs = 60_000;

/** A change is said at once, the rest again and again, so that who listens knows that somebody still looks. */
export function needsSending({ phase, resolvedAt, sentAt }: AlertState, at: number): boolean {
  if (phase === 'pending') return false;
  // Said by a clock that was set back since: what was said then would outlast its end.
  if (sentAt === undefined || sentAt > at) return true;
  if (phase === 'resolved' && resolvedAt !== undefined && resolvedAt > sentAt) return true;
  return at - sentAt >= resendDelayMs;
}

export interface Saying {
  readonly at: number;
  /** Of the rule's group. */
  readonly intervalMs: number;
  readonly naming: Naming;
}

/** A firing alert ends by itself when it has not been said again for four turns. */
export function alertOf(state: AlertState, { at, intervalMs, naming }: Saying): Alert {
  const { labels, fingerprint } = naming(state);
  return {
    fingerprint,
    labels,
    annotations: state.annotations,
    startsAt: state.firedAt ?? state.activeAt,
    endsAt: state.resolvedAt ?? at + 4 * Math.max(intervalMs, resendDelayMs),
    updatedAt: at,
    generatorURL: state.generatorURL,
  };
}

/** The link that Prometheus makes: the expression in its graph page, escaped as Go's url.QueryEscape does. */
export function generatorURL(externalURL: string, query: string): string {
  const escaped = encodeURIComponent(query)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
  return `${externalURL.replace(/\/+$/, '')}/graph?g0.expr=${escaped}&g0.tab=1`;
}
