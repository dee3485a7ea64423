import { type Alert, alertStatus, type NotificationReason } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import type { Silence } from '../model/silence.ts';
import type { Decisions, NewDecision } from '../state/decisions.ts';
import { quote } from './go-format.ts';
import type { Flush, Suppression } from './pipeline.ts';

export interface ReasonDeps {
  readonly decisions: Decisions;
  alert(fingerprint: string): Alert | undefined;
  silence(id: string): Silence | undefined;
}

/** What one flush decided for one channel. */
export interface FlushDecision {
  readonly told: readonly Alert[];
  /** Ends that the channel does not want to hear of. */
  readonly unwanted: readonly Alert[];
  readonly suppressed: readonly Suppression[];
  /** Why the rest was told. */
  readonly reason: NotificationReason | undefined;
}

/** A decision whose words are made only where it is a new one. */
interface Case extends Omit<NewDecision, 'reason'> {
  readonly labels: Labels | undefined;
  /** The words, where they change while the decision stays the same. */
  readonly reason?: string | undefined;
  words(): string;
}

/** Returns a function that keeps why a flush told what it told, and not the rest; to be called in its transaction. */
export function createReasons(deps: ReasonDeps) {
  const { decisions } = deps;
  return (flush: Flush, decision: FlushDecision): void => {
    const way = { groupKey: flush.group.key, queue: flush.channel.id };
    const latest = new Map(decisions.latest(way).map((known) => [known.fingerprint, known]));
    const again: { readonly id: number; readonly each: Case }[] = [];
    for (const each of [...toldCases(flush, decision), ...suppressedCases(deps, flush, decision)]) {
      const { fingerprint, what, same, labels } = each;
      const known = latest.get(fingerprint);
      if (known?.what === what && known.same === same) {
        again.push({ id: known.id, each });
        continue;
      }
      decisions.add(way, { ...each, reason: each.words() }, flush.at);
      if (fingerprint !== undefined && labels) decisions.keepAlert({ fingerprint, labels });
    }
    for (const alike of Map.groupBy(again, ({ each }) => `${each.until} ${each.reason}`).values()) {
      const ids = alike.map(({ id }) => id);
      for (const { each } of alike.slice(0, 1)) decisions.again(ids, each, flush.at);
    }
  };
}

function* toldCases({ at }: Flush, { told, unwanted, reason }: FlushDecision): Iterable<Case> {
  for (const alert of told) {
    const { fingerprint, labels } = alert;
    const status = alertStatus(alert, at);
    const same = `${status} ${alert.startsAt}`;
    yield { fingerprint, labels, what: 'told', same, about: at, reason, words: () => reason ?? '' };
  }
  for (const { fingerprint, labels } of unwanted) {
    const words = () => 'it has ended, and this receiver has send_resolved: false';
    yield { fingerprint, labels, what: 'suppressed', same: 'unwanted end', words };
  }
}

function* suppressedCases(deps: ReasonDeps, { group }: Flush, { suppressed }: FlushDecision): Iterable<Case> {
  for (const each of suppressed) {
    const { fingerprint, by, sources, reason } = each;
    const labels = fingerprint === undefined ? undefined : group.alerts.get(fingerprint)?.labels;
    const same = by === undefined ? reason : `${by} ${sources.slice(0, maxNamed)} ${sources.length}`;
    const until = each.until ?? (by === 'silence' ? lastEnd(deps, sources) : undefined);
    yield { fingerprint, labels, what: 'suppressed', same, until, words: () => wordsOf(deps, each) };
  }
}

/** Beyond so many, sources are only counted. */
const maxNamed = 5;
const maxComment = 300;

/** It speaks again when the last of them has ended. */
function lastEnd({ silence }: ReasonDeps, ids: readonly string[]): number | undefined {
  const ends = ids.flatMap((id) => silence(id)?.endsAt ?? []);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

function wordsOf(deps: ReasonDeps, { by, sources, reason }: Suppression): string {
  const nameOf = { inhibition: inhibitorOf, silence: silenceOf }[String(by)];
  if (!nameOf) return reason;
  const named = sources.slice(0, maxNamed).map((source) => nameOf(deps, source));
  const more = sources.length - named.length;
  const all = [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
  return by === 'silence' ? `silenced by ${all}` : `inhibited by ${all}`;
}

function inhibitorOf({ alert }: ReasonDeps, fingerprint: string): string {
  const labels = alert(fingerprint)?.labels;
  return labels ? `${formatAlert(labels)} (fingerprint ${fingerprint})` : `fingerprint ${fingerprint}`;
}

function silenceOf({ silence }: ReasonDeps, id: string): string {
  const known = silence(id);
  return known ? `${id} of ${known.createdBy || 'nobody'}: ${quote(known.comment.slice(0, maxComment))}` : id;
}

/** `Down{cluster="x"}`, as a query would name it. */
export function formatAlert({ alertname = '', ...labels }: Labels): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = pairs.map(([name, value]) => `${name}=${quote(value)}`).join(', ');
  return text === '' ? alertname : `${alertname}{${text}}`;
}
