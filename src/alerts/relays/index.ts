import { deadMansSwitch } from './dead-mans-switch.ts';
import { gotify } from './gotify.ts';
import { homeAssistant } from './home-assistant.ts';
import { json } from './json.ts';
import { matrix } from './matrix.ts';
import { ntfy } from './ntfy.ts';
import type { Relay } from './relay.ts';

/** Every kind of relay that can be configured; a new one is its file and a line here. */
export const relayKinds: readonly Relay[] = [deadMansSwitch, gotify, homeAssistant, json, matrix, ntfy];
