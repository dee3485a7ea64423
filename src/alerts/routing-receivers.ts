import type { HttpConfig } from './http-config.ts';
import { receiverKinds } from './receivers/index.ts';
import type { IntegrationConfig, Receiver } from './receivers/receiver.ts';
import type { Report } from './report.ts';
import type { Integration, Routing } from './route.ts';
import type { ReceiverSettings } from './routing-schema.ts';

const defaultTimeoutMs = 10_000;
/** An attempt keeps a place in its queue; longer than this is no longer one attempt. */
const maxTimeoutMs = 60_000;

/** Every receiver's integrations, in the order of their kinds and then of the file. */
export function loadReceivers(
  settings: readonly ReceiverSettings[],
  http: HttpConfig | undefined,
  report: Report,
): Routing['receivers'] {
  const receivers = new Map<string, readonly Integration[]>();
  settings.forEach((receiver, index) => {
    if (receivers.has(receiver.name)) {
      report(
        ['receivers', index, 'name'],
        `found ${JSON.stringify(receiver.name)} a second time`,
        'Rename the receiver',
      );
    }
    receivers.set(
      receiver.name,
      receiverKinds.flatMap((kind) => integrationsOf(receiver, kind, http)),
    );
  });
  return receivers;
}

function integrationsOf(
  settings: ReceiverSettings,
  receiver: Receiver,
  http: HttpConfig | undefined,
): readonly Integration[] {
  const configs = settings[`${receiver.kind}_configs`] ?? [];
  return configs.map((config, index) =>
    integration(`${settings.name}/${receiver.kind}[${index}]`, receiver, config, http),
  );
}

/** `global.http_config` holds where an integration has none of its own, as a whole. */
function integration(
  id: string,
  receiver: Receiver,
  own: IntegrationConfig,
  http: HttpConfig | undefined,
): Integration {
  const config = http && !('http_config' in own && own.http_config) ? { ...own, http_config: http } : own;
  return {
    id,
    kind: receiver.kind,
    sendResolved: config.send_resolved,
    timeoutMs: Math.min(config.timeout || defaultTimeoutMs, maxTimeoutMs),
    send: (deps, notification, signal) => receiver.send(deps, config, notification, signal),
  };
}
