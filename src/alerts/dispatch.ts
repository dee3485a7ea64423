import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Alert } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import type { Database } from '../state/database.ts';
import type { DeliveryWorker } from './deliver.ts';
import type { Routing } from './route.ts';

export interface AlertView {
  readonly alert: Alert;
  readonly status: 'active' | 'suppressed' | 'resolved';
  /** Fingerprints of the alerts that inhibit it. */
  readonly inhibitedBy: readonly string[];
  readonly receivers: readonly string[];
}

export interface GroupView {
  readonly key: string;
  readonly receiver: string;
  readonly labels: Labels;
  readonly alerts: readonly AlertView[];
  readonly nextFlushAt: number;
  /** Why the last flush left something unsaid: `inhibited by fingerprint …`, `already notified`. */
  readonly suppressed: readonly { readonly fingerprint: string | undefined; readonly reason: string }[];
}

export interface DispatcherDeps {
  readonly routing: Routing;
  readonly database: Database;
  readonly delivery: Pick<DeliveryWorker, 'wake'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: { readonly groups: number; readonly alerts: number };
}

export interface Dispatcher {
  /** Takes alerts in; groups that are due at once are flushed before it returns. */
  accept(alerts: readonly Alert[]): void;
  groups(): readonly GroupView[];
  alerts(): readonly AlertView[];
  /** `dropped`: alerts that a bound kept out, since the start. */
  stats(): { readonly groups: number; readonly alerts: number; readonly dropped: number };
  /** Flushes groups as they fall due, until the signal ends. */
  run(signal: AbortSignal): Promise<void>;
}
