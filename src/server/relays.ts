import type { RelayPorts } from '../http/ports.ts';
import type { Runtime } from './runtime.ts';

/** Always those of the runtime that is in use. */
export function createRelayPorts(current: () => Runtime): RelayPorts {
  return {
    names: () => current().relays.names,
    token: (name) => current().relays.token(name),
    send: (name, body, signal) => current().relays.send(name, body, signal),
    externalURL: () => current().config.external_url,
  };
}
