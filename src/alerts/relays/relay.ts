import type { z } from 'zod';
import type { Notification } from '../../model/alert.ts';
import type { HttpConfig } from '../http-config.ts';
import type { Delivery, ReceiverTools } from '../receivers/receiver.ts';

/** What a relay has at hand, beside what a receiver has. */
export interface RelayTools extends ReceiverTools {
  /** How to connect to the other side. */
  readonly connection: HttpConfig;
  /** Milliseconds for one request. */
  readonly timeoutMs: number;
  /** The same for each try of one notification, and another for its repetition. */
  readonly id: string;
}

/** One kind of relay: takes what Alertmanager's webhook told, and speaks another API. A plain object. */
export interface Relay<C extends z.ZodType = z.ZodType> {
  /** Its key in the configuration. */
  readonly kind: string;
  readonly help: string;
  readonly config: C;
  /** Whether it sends an Authorization header of its own. */
  authorizes?(config: z.output<C>): boolean;
  send(tools: RelayTools, config: z.output<C>, notification: Notification, signal: AbortSignal): Promise<Delivery>;
}

export function defineRelay<C extends z.ZodType>(relay: Relay<C>): Relay<C> {
  return relay;
}
