import type { Receiver } from './receiver.ts';
import { webhook } from './webhook.ts';

/** Every kind of integration that can be configured; a new one is its file and a line here. */
export const receiverKinds: readonly Receiver[] = [webhook];
