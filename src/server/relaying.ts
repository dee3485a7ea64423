import { createRelays, type Relays } from '../alerts/relays.ts';
import type { Config } from '../config/schema.ts';
import { createHttpClient } from '../lib/http.ts';
import type { SelfMetrics } from '../samples/self.ts';
import type { Ground } from './sources.ts';

export function createConfiguredRelays(
  config: Config,
  { ground, self }: { readonly ground: Ground; readonly self: SelfMetrics },
): Relays {
  const { clock, log, readFile, userAgent } = ground;
  const receivers = { http: createHttpClient(clock), clock, userAgent, readFile };
  return createRelays(config.relays, { receivers, clock, log, count: self.countRelay });
}
