import { z } from 'zod';
import { HttpUrl, Secret } from '../../lib/schema.ts';
import { readSecret, secretText } from '../../lib/secret.ts';
import { post } from '../http-post.ts';
import { saying } from '../http-saying.ts';
import { urlBelow, withBearer } from '../relay-http.ts';
import { fitting, Template, templateOf } from '../relay-texts.ts';
import { truncate, withoutEmpty } from '../truncate.ts';
import { defineRelay } from './relay.ts';

/** What is longer becomes a file that people have to open. https://docs.ntfy.sh/publish/#limitations */
const maxMessageBytes = 4096;
const maxTitle = 250;
/** https://docs.ntfy.sh/publish/#message-priority */
const priorities: Readonly<Record<string, number>> = { min: 1, low: 2, default: 3, high: 4, max: 5, urgent: 5 };

const Config = z.strictObject({
  server: HttpUrl.default('https://ntfy.sh').describe('The ntfy server.'),
  topic: Secret.describe('The topic; a secret, because who knows it may read it.'),
  token: Secret.optional().describe('An access token; for user and password there is http_config.basic_auth.'),
  title: Template.default(templateOf('relay.default.title')).describe('Template of the title.'),
  message: Template.default(templateOf('relay.default.message')).describe('Template of the text.'),
  priority: Template.default(templateOf('ntfy.default.priority')).describe(
    'Template of the priority, from 1 or min to 5 or max.',
  ),
  tags: Template.default(templateOf('ntfy.default.tags')).describe(
    'Template of the tags, separated by commas; a name of an emoji shows it.',
  ),
  click: Template.default('{{ .ExternalURL }}').describe('Template of the link that a touch opens.'),
});

const Taken = z.object({ id: z.string() });

/** https://docs.ntfy.sh/publish/#publish-as-json */
export const ntfy = defineRelay({
  kind: 'ntfy',
  help: 'Publishes a message to a topic of ntfy.',
  config: Config,
  authorizes: ({ token }) => token !== undefined,
  async send(tools, config, notification, signal) {
    const { text } = tools.writer(notification);
    const shown = text(config.priority).trim();
    const priority = priorities[shown] ?? Number(shown);
    if (!Number.isInteger(priority) || priority < 1 || priority > 5) {
      const message = 'the template priority of ntfy made no number from 1 to 5';
      return { ok: false, retry: false, reason: 'config', message };
    }
    const message = text(config.message).trim();
    const body = JSON.stringify({
      topic: (await readSecret(config.topic, (path) => tools.readFile(path))).trim(),
      // An empty one would be called "triggered".
      message: fitting(message === '' ? '(no details)' : message, maxMessageBytes),
      priority,
      tags: listed(text(config.tags)),
      ...withoutEmpty({ title: truncate(text(config.title).trim(), maxTitle), click: text(config.click).trim() }),
    });
    const http = withBearer(tools.connection, config.token);
    const url = secretText(urlBelow(config.server, '/'));
    return post(
      tools,
      { what: 'ntfy', url, http, timeout: tools.timeoutMs, body, check: saying('ntfy', Taken) },
      signal,
    );
  },
});

function listed(text: string): readonly string[] {
  return text
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}
