import type { Clock } from '../lib/clock.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import { readSecret } from '../lib/secret.ts';
import type { Notification } from '../model/alert.ts';
import { createNotificationTemplates, TemplateError } from './notification-template.ts';
import type { Delivery, ReceiverDeps } from './receivers/receiver.ts';
import { notificationFrom, type RelayedNotification } from './relay-payload.ts';
import { relayTemplates } from './relay-texts.ts';
import { createRelayTries } from './relay-tries.ts';
import type { RelaySettings, Relays as RelaysConfig } from './relays-config.ts';

export interface RelaysDeps {
  readonly receivers: Omit<ReceiverDeps, 'externalURL'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Counts what came of one request. */
  readonly count: (relay: string, outcome: RelayOutcome) => void;
}

/** `retry`: the sender is to try again; `refused`: it need not. */
export type RelayOutcome = 'success' | 'retry' | 'refused';

/** Local webhooks that hand on what they are told. */
export interface Relays {
  readonly names: readonly string[];
  /** What a sender has to bring; undefined where none is configured, or there is no such relay. */
  token(name: string): Promise<string | undefined>;
  /** Undefined where the body is no webhook payload of version 4. The name is one of `names`. */
  send(name: string, body: unknown, signal: AbortSignal): Promise<Delivery | undefined>;
}

const writerFor = createNotificationTemplates([{ name: 'relays.tmpl', text: relayTemplates }]);

export function createRelays(config: RelaysConfig, { receivers, clock, log, count }: RelaysDeps): Relays {
  const relays = new Map(Object.entries(config));
  const tries = createRelayTries(clock);

  async function relay(
    { kind, config: own, timeoutMs, connection }: RelaySettings,
    { notification, externalURL }: RelayedNotification,
    { id, signal }: { readonly id: string; readonly signal: AbortSignal },
  ): Promise<Delivery> {
    const writer = (told: Notification) => writerFor({ notification: told, externalURL, clock });
    const tools = { ...receivers, externalURL, connection, timeoutMs, id, writer };
    try {
      return await kind.send(tools, own, notification, signal);
    } catch (error) {
      const isTemplate = error instanceof TemplateError;
      return { ok: false, retry: !isTemplate, reason: 'config', message: reasonOf(error) };
    }
  }

  return {
    names: [...relays.keys()],
    token: async (name) => {
      const token = relays.get(name)?.token;
      return token && readSecret(token, receivers.readFile);
    },
    async send(name, body, signal) {
      const settings = relays.get(name);
      const told = settings && notificationFrom(body, clock.now());
      if (!told) return undefined;
      const id = tries.idOf([name, body]);
      const delivery = await relay(settings, told, { id, signal });
      count(name, outcomeOf(delivery));
      const about = { relay: name, kind: settings.kind.kind, group: told.notification.groupKey };
      if (delivery.ok) {
        tries.taken(id);
        log.debug(about, 'notification relayed');
      } else {
        const { reason, message, retry } = delivery;
        log.warn({ ...about, reason, message, retry }, 'notification not relayed');
      }
      return delivery;
    },
  };
}

function outcomeOf(delivery: Delivery): RelayOutcome {
  if (delivery.ok) return 'success';
  return delivery.retry ? 'retry' : 'refused';
}
