import { z } from 'zod';
import { HttpUrl, Secret } from '../../lib/schema.ts';
import { secretText } from '../../lib/secret.ts';
import { post } from '../http-post.ts';
import { saying } from '../http-saying.ts';
import { urlBelow, withHeader } from '../relay-http.ts';
import { fitting, Template, templateOf } from '../relay-texts.ts';
import { truncate } from '../truncate.ts';
import { defineRelay } from './relay.ts';

/** Gotify itself sets none; phones do not show more. */
const maxMessageBytes = 16 * 1024;
const maxTitle = 250;

const Config = z.strictObject({
  server: HttpUrl.describe('The Gotify server.'),
  token: Secret.describe('The token of the application.'),
  title: Template.default(templateOf('relay.default.title')).describe('Template of the title.'),
  message: Template.default(templateOf('relay.default.message')).describe('Template of the text.'),
  priority: Template.default(templateOf('gotify.default.priority')).describe(
    'Template of the priority, a whole number from 0; phones sound from 4 on.',
  ),
  click: Template.default('{{ .ExternalURL }}').describe('Template of the link that a touch opens; none where empty.'),
});

const Taken = z.object({ id: z.number() });

/** https://gotify.net/docs/pushmsg and https://gotify.net/docs/msgextras */
export const gotify = defineRelay({
  kind: 'gotify',
  help: 'Sends a message to a Gotify server.',
  config: Config,
  async send(tools, config, notification, signal) {
    const { text } = tools.writer(notification);
    const shown = text(config.priority).trim();
    if (!/^\d{1,3}$/.test(shown)) {
      const message = 'the template priority of Gotify made no whole number';
      return { ok: false, retry: false, reason: 'config', message };
    }
    const message = text(config.message).trim();
    const click = text(config.click).trim();
    const body = JSON.stringify({
      title: truncate(text(config.title).trim(), maxTitle),
      // Gotify refuses an empty message.
      message: fitting(message === '' ? '(no details)' : message, maxMessageBytes),
      priority: Number(shown),
      ...(click === '' ? {} : { extras: { 'client::notification': { click: { url: click } } } }),
    });
    // Not Authorization, which a proxy before it may want for itself.
    const http = withHeader(tools.connection, 'X-Gotify-Key', config.token);
    const url = secretText(urlBelow(config.server, '/message'));
    const request = { what: 'Gotify', url, http, timeout: tools.timeoutMs, body, check: saying('Gotify', Taken) };
    return post(tools, request, signal);
  },
});
