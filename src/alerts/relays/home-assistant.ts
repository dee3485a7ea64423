import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { HttpAnswer } from '../../lib/http.ts';
import { HttpUrl, Secret } from '../../lib/schema.ts';
import { secretText } from '../../lib/secret.ts';
import type { Notification } from '../../model/alert.ts';
import { type Post, post } from '../http-post.ts';
import { saying } from '../http-saying.ts';
import { payload } from '../payload.ts';
import type { Delivery } from '../receivers/receiver.ts';
import { urlBelow, withBearer } from '../relay-http.ts';
import { fitting, Template, templateOf } from '../relay-texts.ts';
import { truncate } from '../truncate.ts';
import { defineRelay, type RelayTools } from './relay.ts';

const maxMessageBytes = 16 * 1024;
const maxTitle = 250;

const Config = z
  .strictObject({
    url: HttpUrl.describe('Where Home Assistant answers, without /api.'),
    token: Secret.optional().describe('A long-lived access token; not needed for a webhook.'),
    service: z
      .string()
      .regex(/^[a-z0-9_]+\.[a-z0-9_]+$/, 'a service such as notify.mobile_app_phone')
      .optional()
      .describe('A service that is called with title and message: notify.… or persistent_notification.create.'),
    event: z
      .string()
      .regex(/^[a-z0-9_]+$/, 'the type of an event such as runnerwatch_alert')
      .optional()
      .describe("The type of an event that is fired with Alertmanager's payload as its data."),
    webhook_id: Secret.optional().describe("The id of an automation's webhook that is sent Alertmanager's payload."),
    title: Template.default(templateOf('relay.default.title')).describe('Template of the title, for a service.'),
    message: Template.default(templateOf('relay.default.message')).describe('Template of the text, for a service.'),
    data: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('What the service is told as data, as a phone wants it: {"push": {"sound": "default"}}.'),
  })
  .refine(
    ({ service, event, webhook_id: webhook }) =>
      [service, event, webhook].filter((way) => way !== undefined).length === 1,
    'one of service, event and webhook_id',
  )
  .refine(({ token, webhook_id: webhook }) => (token ?? webhook) !== undefined, 'a token for a service or an event');
type Config = z.output<typeof Config>;

const what = 'Home Assistant';

/** https://developers.home-assistant.io/docs/api/rest and https://www.home-assistant.io/docs/automation/trigger/#webhook-trigger */
export const homeAssistant = defineRelay({
  kind: 'home_assistant',
  help: 'Calls a service of Home Assistant, fires an event, or calls a webhook of it.',
  config: Config,
  authorizes: ({ token, webhook_id: webhook }) => token !== undefined && webhook === undefined,
  send(tools, config, notification, signal) {
    const { timeoutMs: timeout, connection } = tools;
    return post(tools, { what, timeout, http: connection, ...requestOf(tools, config, notification) }, signal);
  },
});

type Way = Pick<Post, 'url' | 'body'> &
  Partial<Pick<Post, 'toUrl' | 'http'>> & { check?: (answer: HttpAnswer) => Delivery };

function requestOf(tools: RelayTools, config: Config, notification: Notification): Way {
  const { url, service, event, webhook_id: webhook } = config;
  const whole = (): string => JSON.stringify(payload(notification, tools.externalURL));
  if (webhook) {
    const toUrl = (id: string): string => urlBelow(url, `/api/webhook/${encodeURIComponent(id)}`);
    return { url: webhook, toUrl, body: whole() };
  }
  const http = withBearer(tools.connection, config.token);
  const to = (path: string) => ({ http, url: secretText(urlBelow(url, path)) });
  if (service === undefined) {
    return { ...to(`/api/events/${event}`), body: whole(), check: saying(what, z.object({ message: z.string() })) };
  }
  const body = JSON.stringify(calling(tools, config, notification));
  return { ...to(`/api/services/${service.replace('.', '/')}`), body, check: saying(what, z.array(z.unknown())) };
}

/** What a service is called with. A persistent notification of a group replaces the one before it. */
function calling(tools: RelayTools, config: Config, notification: Notification) {
  const { text } = tools.writer(notification);
  const message = text(config.message).trim();
  const group = createHash('sha256').update(notification.groupKey).digest('hex').slice(0, 16);
  return {
    title: truncate(text(config.title).trim(), maxTitle),
    message: fitting(message === '' ? '(no details)' : message, maxMessageBytes),
    ...(config.service === 'persistent_notification.create' ? { notification_id: `runnerwatch_${group}` } : {}),
    ...(config.data ? { data: config.data } : {}),
  };
}
