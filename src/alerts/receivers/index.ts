import { discord } from './discord.ts';
import { email } from './email.ts';
import { msteamsv2 } from './msteamsv2.ts';
import { pushover } from './pushover.ts';
import type { Receiver } from './receiver.ts';
import { slack } from './slack.ts';
import { telegram } from './telegram.ts';
import { webhook } from './webhook.ts';

/** Every kind of integration that can be configured; a new one is its file and a line here. */
export const receiverKinds: readonly Receiver[] = [discord, email, msteamsv2, pushover, slack, telegram, webhook];
