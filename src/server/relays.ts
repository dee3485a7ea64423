import { createRelays, type Relays } from '../alerts/relays.ts';
import type { Config } from '../config/schema.ts';
import type { RelayPorts } from '../http/ports.ts';
import { createHttpClient } from '../lib/http.ts';
import type { Kept, Runtime } from './runtime.ts';

export function createConfiguredRelays(config: Config, { ground, self }: Pick<Kept, 'ground' | 'self'>): Relays {
  const { clock, log, readFile, userAgent } = ground;
  const receivers = { http: createHttpClient(clock), clock, userAgent, readFile };
  return createRelays(config.relays, { receivers, clock, log, count: self.countRelay });
}

/** Always those of the runtime that is in use. */
export function createRelayPorts(current: () => Runtime): RelayPorts {
  return {
    names: () => current().relays.names,
    token: (name) => current().relays.token(name),
    send: (name, body, signal) => current().relays.send(name, body, signal),
    externalURL: () => current().config.external_url,
  };
}
