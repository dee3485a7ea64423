import type { Path } from '../lib/document.ts';
import { reasonOf } from '../lib/log.ts';
import type { Notification } from '../model/alert.ts';
import type { TemplateSource } from './gotemplate/templates.ts';
import { createNotificationTemplates, TemplateError } from './notification-template.ts';
import { receiverKinds } from './receivers/index.ts';
import type { Globals, IntegrationConfig, Receiver } from './receivers/receiver.ts';
import type { Report } from './report.ts';
import type { Integration, Routing } from './route.ts';
import type { ReceiverSettings } from './routing-schema.ts';

const defaultTimeoutMs = 10_000;
/** An attempt keeps a place in its queue; longer than this is no longer one attempt. */
const maxTimeoutMs = 60_000;

interface Shared {
  /** The file's `global`. */
  readonly globals: Globals;
  /** What its `templates` hold. */
  readonly templates: readonly TemplateSource[];
}

interface Loading {
  readonly globals: Globals;
  readonly writer: ReturnType<typeof createNotificationTemplates>;
  readonly report: Report;
}

/** Every receiver's integrations, in the order of their kinds and then of the file. */
export function loadReceivers(
  settings: readonly ReceiverSettings[],
  { globals, templates }: Shared,
  report: Report,
): Routing['receivers'] {
  const loading = { globals, writer: writerOf(templates, report), report };
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
      receiverKinds.flatMap((kind) => integrationsOf(receiver, kind, loading, ['receivers', index])),
    );
  });
  return receivers;
}

function writerOf(templates: readonly TemplateSource[], report: Report): Loading['writer'] {
  try {
    return createNotificationTemplates(templates);
  } catch (error) {
    report(['templates'], `found a broken template: ${reasonOf(error)}`, 'Correct the template');
    return createNotificationTemplates([]);
  }
}

function integrationsOf(
  settings: ReceiverSettings,
  receiver: Receiver,
  loading: Loading,
  path: Path,
): readonly Integration[] {
  const key = `${receiver.kind}_configs` as const;
  return (settings[key] ?? []).map((own, index) => {
    const config = completed(receiver, own, loading, [...path, key, index]);
    return integration(`${settings.name}/${receiver.kind}[${index}]`, receiver, config, loading.writer);
  });
}

/** `global.http_config` holds where an integration has none of its own, as a whole. */
function completed(receiver: Receiver, own: IntegrationConfig, { globals, report }: Loading, path: Path) {
  const { http_config: http } = globals;
  const config =
    http && receiver.kind !== 'email' && !('http_config' in own && own.http_config)
      ? { ...own, http_config: http }
      : own;
  const complete = receiver.complete?.(config, globals) ?? config;
  if (typeof complete !== 'string') return complete;
  report(path, 'found too little to reach anybody by', complete);
  return config;
}

function integration(
  id: string,
  receiver: Receiver,
  config: IntegrationConfig,
  writer: Loading['writer'],
): Integration {
  return {
    id,
    kind: receiver.kind,
    sendResolved: config.send_resolved,
    timeoutMs: Math.min(config.timeout || defaultTimeoutMs, maxTimeoutMs),
    send: async (deps, notification, signal) => {
      const { externalURL, clock } = deps;
      const tools = { ...deps, writer: (told: Notification) => writer({ notification: told, externalURL, clock }) };
      try {
        return await receiver.send(tools, config, notification, signal);
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        return { ok: false, retry: false, reason: 'config', message: error.message };
      }
    },
  };
}
