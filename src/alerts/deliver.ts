import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Database } from '../state/database.ts';
import type { ReceiverDeps } from './receivers/receiver.ts';
import type { Routing } from './route.ts';

/** `superseded`: a newer notification of the same group said all of it. `dead`: given up, kept as a dead letter. */
export type DeliveryOutcome = 'success' | 'retry' | 'dead' | 'superseded';

export interface NotificationCounters {
  /** `integration` is the kind, `webhook`. */
  sent(integration: string, outcome: DeliveryOutcome): void;
}

export interface DeliveryDeps {
  readonly database: Database;
  readonly routing: Routing;
  readonly receivers: ReceiverDeps;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: NotificationCounters;
  /** In [0, 1), for the jitter. */
  readonly random: () => number;
}

export interface DeliveryWorker {
  /** Sends what is due, at once. The dispatcher calls it after it enqueued. */
  wake(): void;
  /** Sends what an earlier process left, then what comes, until the signal ends. */
  run(signal: AbortSignal): Promise<void>;
  /** Waits until nothing is unsent or under way, at most `deadlineMs`, then ends every attempt; true where all was sent. */
  drain(deadlineMs: number): Promise<boolean>;
  pending(): number;
}
