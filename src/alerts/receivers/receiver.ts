import type { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import type { HttpClient } from '../../lib/http.ts';
import type { Notification } from '../../model/alert.ts';

/** Retrying is the pipeline's decision; a receiver only says whether it may help. */
export type Delivery =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly retry: boolean;
      readonly reason: 'auth' | 'client' | 'rate-limit' | 'server' | 'network' | 'config';
      readonly message: string;
      readonly retryAfterMs?: number;
    };

export interface ReceiverDeps {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly externalURL: string;
  /** `runnerwatch/<version>` */
  readonly userAgent: string;
  /** Reads a secret's file anew, so that a rotated secret is used without a restart. */
  readFile(path: string): Promise<string>;
}

/** What each integration's settings have, whatever its kind. */
export interface IntegrationConfig {
  readonly send_resolved: boolean;
  /** Milliseconds for one attempt; 0 for the default. */
  readonly timeout?: number;
}

/** One kind of `<kind>_configs` in the Alertmanager file, as a plain object. */
export interface Receiver<C extends z.ZodType<IntegrationConfig> = z.ZodType<IntegrationConfig>> {
  /** `webhook` for `webhook_configs`. */
  readonly kind: string;
  readonly help: string;
  readonly config: C;
  send(deps: ReceiverDeps, config: z.output<C>, notification: Notification, signal: AbortSignal): Promise<Delivery>;
}

export function defineReceiver<C extends z.ZodType<IntegrationConfig>>(receiver: Receiver<C>): Receiver<C> {
  return receiver;
}
