import { z } from 'zod';
import { HttpUrl, Secret } from '../../lib/schema.ts';
import { secretText } from '../../lib/secret.ts';
import { post } from '../http-post.ts';
import { saying } from '../http-saying.ts';
import { urlBelow, withBearer } from '../relay-http.ts';
import { fitting, Template, templateOf } from '../relay-texts.ts';
import { defineRelay } from './relay.ts';

/** Text and HTML together stay below the 64 KiB of an event, JSON's escapes included. */
const maxTextBytes = 8 * 1024;
const maxHtmlBytes = 24 * 1024;

const Config = z.strictObject({
  homeserver: HttpUrl.describe('Where the homeserver answers, without /_matrix.'),
  room_id: z
    .string()
    .regex(/^![^\s/]+$/, 'the id of a room such as !abc:example.org, not its alias')
    .describe('The id of the room, which the account must have joined; the room must not be encrypted.'),
  access_token: Secret.describe('The access token of the account that writes.'),
  msgtype: z
    .enum(['m.text', 'm.notice'])
    .default('m.text')
    .describe('What the message is; clients announce an m.notice less loudly.'),
  message: Template.default(templateOf('matrix.default.message')).describe('Template of the text.'),
  html: Template.default(templateOf('relay.default.html')).describe(
    'Template of the same in HTML; only the text where empty.',
  ),
});

const Taken = z.object({ event_id: z.string() });

/** https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid */
export const matrix = defineRelay({
  kind: 'matrix',
  help: 'Writes a message into a room of Matrix; one that is tried again is written once.',
  config: Config,
  authorizes: () => true,
  send(tools, config, notification, signal) {
    const { text, html } = tools.writer(notification);
    const formatted = config.html === '' ? '' : html(config.html).trim();
    const hasHtml = formatted !== '' && Buffer.byteLength(formatted) <= maxHtmlBytes;
    const body = JSON.stringify({
      msgtype: config.msgtype,
      body: fitting(text(config.message).trim(), maxTextBytes),
      ...(hasHtml ? { format: 'org.matrix.custom.html', formatted_body: formatted } : {}),
    });
    const room = encodeURIComponent(config.room_id);
    const path = `/_matrix/client/v3/rooms/${room}/send/m.room.message/${tools.id}`;
    return post(
      tools,
      {
        what: 'Matrix',
        method: 'PUT',
        url: secretText(urlBelow(config.homeserver, path)),
        http: withBearer(tools.connection, config.access_token),
        timeout: tools.timeoutMs,
        body,
        check: saying('Matrix', Taken),
      },
      signal,
    );
  },
});
