import type { DeadLetters } from '../../alerts/dead-letters.ts';
import type { Dispatcher } from '../../alerts/dispatch.ts';
import type { Question, Why } from '../../alerts/why.ts';
import type { Clock } from '../../lib/clock.ts';

/** The embedded routing, as its API shows it. */
export interface AlertmanagerView extends Pick<Dispatcher, 'accept' | 'alerts' | 'groups' | 'silences' | 'escalation'> {
  /** Why alerts were told or not. */
  why(question: Question): Why;
  readonly deadLetters: DeadLetters;
  readonly resolveTimeoutMs: number;
  /** By name, in the file's order. */
  readonly receivers: readonly string[];
  /** The routing as an Alertmanager file, without what may hold a secret. */
  readonly original: string;
}

export interface AlertmanagerPorts {
  readonly clock: Clock;
  readonly version: string;
  /** ms since the epoch. */
  readonly startedAt: number;
  /** Undefined where the rules are evaluated elsewhere. */
  view(): AlertmanagerView | undefined;
  /** What changes need, read anew at each call; undefined where none is configured. */
  token(): Promise<string | undefined>;
  externalURL(): string;
}
