import type { Decided, Decisions, Way } from '../state/decisions.ts';

export interface Outcome {
  readonly what: Extract<Decided, 'accepted' | 'retried' | 'given up' | 'superseded' | 'resent'>;
  /** Of outcomes in a row that are alike in this, one is kept, with the last one's words. */
  readonly same: string;
  readonly reason: string;
  /** The notification's time. */
  readonly about: number;
  /** When it is tried again. */
  readonly until?: number | undefined;
}

/** Keeps what came of a notification. To be called in the transaction that makes it so. */
export function keepOutcome(decisions: Decisions, way: Way, outcome: Outcome, at: number): void {
  const latest = decisions.latestOutcome(way);
  if (latest?.what === outcome.what && latest.same === outcome.same) decisions.again([latest.id], outcome, at);
  else decisions.add(way, { ...outcome, fingerprint: undefined }, { at, after: latest?.id });
}
