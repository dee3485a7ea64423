import { type Alert, alertStatus, type NotificationReason } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import type { Silence } from '../model/silence.ts';
import type { Decision, Decisions, NewDecision } from '../state/decisions.ts';
import { quote } from './go-format.ts';
import type { AlertGroup } from './group.ts';
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

interface Reasons {
  /** Keeps why a flush told what it told, and not the rest. To be called in the transaction of the flushes. */
  keep(flush: Flush, decision: FlushDecision): void;
  /** Ends the transaction's part. */
  finish(): void;
  /** The transaction failed: nothing of it was kept. */
  forget(): void;
}

type Latest = Pick<Decision, 'id' | 'what' | 'same'>;

/** What was decided again in the transactions that are not finished. */
interface Again extends Pick<Case, 'until' | 'about' | 'reason'> {
  readonly id: number;
  readonly at: number;
}

export function createReasons(deps: ReasonDeps): Reasons {
  const { decisions } = deps;
  /** Of each group that lives, by channel and alert: a group at rest is not looked up again. */
  let latest = new WeakMap<AlertGroup, Map<string, Map<string | undefined, Latest>>>();
  let again: Again[] = [];
  let generation = decisions.generation();

  function latestOf({ group, channel }: Flush): Map<string | undefined, Latest> {
    // What the store forgot is decided anew. This bounds what is known here, too.
    if (generation !== decisions.generation()) latest = new WeakMap();
    generation = decisions.generation();
    const channels = latest.get(group) ?? new Map();
    latest.set(group, channels);
    const way = { groupKey: group.key, queue: channel.id };
    const known = channels.get(channel.id) ?? new Map(decisions.latest(way).map((each) => [each.fingerprint, each]));
    channels.set(channel.id, known);
    return known;
  }

  function add({ group, channel, at }: Flush, each: Case, after: Latest | undefined): Latest {
    const { fingerprint, labels, what, same, until, about } = each;
    const way = { groupKey: group.key, queue: channel.id };
    const decision = { fingerprint, what, same, until, about, reason: each.words() };
    const id = decisions.add(way, decision, { at, after: after?.id });
    if (fingerprint !== undefined && labels) decisions.keepAlert({ fingerprint, labels });
    return { id, what, same };
  }

  return {
    keep(flush, decision) {
      const known = latestOf(flush);
      for (const each of [...toldCases(flush, decision), ...suppressedCases(deps, flush, decision)]) {
        const { fingerprint, what, same, until, about, reason } = each;
        const before = known.get(fingerprint);
        if (before?.what === what && before.same === same) {
          again.push({ id: before.id, at: flush.at, until, about, reason });
        } else {
          known.set(fingerprint, add(flush, each, before));
        }
      }
    },
    finish() {
      const alike = Map.groupBy(again, ({ at, until, about, reason }) => `${at} ${until} ${about} ${reason}`);
      again = [];
      for (const each of alike.values()) {
        for (const first of each.slice(0, 1)) {
          decisions.again(
            each.map(({ id }) => id),
            first,
            first.at,
          );
        }
      }
    },
    forget() {
      latest = new WeakMap();
      again = [];
    },
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
