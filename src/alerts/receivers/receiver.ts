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

/** Makes a notification's texts from templates. Both throw where a template fails. */
export interface Writer {
  text(template: string): string;
  /** With what is inserted escaped for its place in HTML. */
  html(template: string): string;
}

/** What a receiver has at hand: what is outside, and the templates of the file. */
export interface ReceiverTools extends ReceiverDeps {
  writer(notification: Notification): Writer;
}

/** What each integration's settings have, whatever its kind. */
export interface IntegrationConfig {
  readonly send_resolved: boolean;
  /** Milliseconds for one attempt; 0 for the default. */
  readonly timeout?: number | undefined;
}

/** The values of `global`, checked by the schemas of the receivers' `globals`. */
export type Globals = Readonly<Record<string, unknown>>;

/** One kind of `<kind>_configs` in the Alertmanager file, as a plain object. */
export interface Receiver<C extends z.ZodType<IntegrationConfig> = z.ZodType<IntegrationConfig>> {
  /** `webhook` for `webhook_configs`. */
  readonly kind: string;
  readonly help: string;
  readonly config: C;
  /** The keys of `global` that it takes what is left out from. */
  readonly globals?: z.ZodObject;
  /** Fills in `global`; a text says what is missing even so, as the mending of the fault. */
  complete?(config: z.output<C>, globals: Globals): z.output<C> | string;
  send(deps: ReceiverTools, config: z.output<C>, notification: Notification, signal: AbortSignal): Promise<Delivery>;
}

export function defineReceiver<C extends z.ZodType<IntegrationConfig>>(receiver: Receiver<C>): Receiver<C> {
  return receiver;
}
