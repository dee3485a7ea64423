import { z } from 'zod';
import { Duration, Secret } from '../lib/schema.ts';
import type { SecretSource } from '../lib/secret.ts';
import type { HttpConfig } from './http-config.ts';
import { HttpSettings, httpConfigOf } from './http-settings.ts';
import { relayKinds } from './relays/index.ts';
import type { Relay } from './relays/relay.ts';

const maxRelays = 100;
const relayName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** One relay of runnerwatch.yml. */
export interface RelaySettings {
  readonly kind: Relay;
  /** What the kind's own schema made of it. */
  readonly config: unknown;
  /** Whoever posts has to bring it; without one only this machine may. */
  readonly token: SecretSource | undefined;
  readonly timeoutMs: number;
  readonly connection: HttpConfig;
}

const kinds = Object.fromEntries(relayKinds.map(({ kind, config, help }) => [kind, config.optional().describe(help)]));

const Entry = z
  .strictObject({
    token: Secret.optional().describe('The bearer token for posting to it; without one only this machine may.'),
    // Alertmanager's own webhooks wait ten seconds here, and the sender should hear what happened.
    timeout: Duration.refine((ms) => ms >= 100 && ms <= 60_000, 'a duration from 100ms to 1m')
      .prefault('5s')
      .describe('How long the other side may take; shorter than the sender waits.'),
    http_config: HttpSettings.prefault({}).describe('Authorization, TLS, proxy, headers and redirects.'),
    ...kinds,
  })
  .transform(({ token, timeout: timeoutMs, http_config: http, ...rest }, context): RelaySettings => {
    const given = relayKinds.filter(({ kind }) => rest[kind as keyof typeof rest] !== undefined);
    const [kind] = given;
    if (!kind || given.length > 1) {
      context.addIssue({ code: 'custom', message: `exactly one of ${relayKinds.map((each) => each.kind).join(', ')}` });
      return z.NEVER;
    }
    const config: unknown = rest[kind.kind as keyof typeof rest];
    const connection = httpConfigOf(http);
    if (kind.authorizes?.(config) && (connection.authorization ?? connection.basic_auth)) {
      const message = `no authorization and no basic_auth beside the token of ${kind.kind}`;
      context.addIssue({ code: 'custom', path: ['http_config'], message });
    }
    return { kind, config, token, timeoutMs, connection };
  });

/** `relays` in runnerwatch.yml, by name. */
export const Relays = z.record(z.string(), Entry).superRefine((all, context) => {
  for (const name of Object.keys(all).filter((each) => !relayName.test(each))) {
    const message = 'a name of at most 63 letters, digits, _ and -, as it stands in the URL';
    context.addIssue({ code: 'custom', path: [name], message });
  }
  if (Object.keys(all).length > maxRelays) context.addIssue({ code: 'custom', message: `at most ${maxRelays} relays` });
});
export type Relays = z.output<typeof Relays>;
