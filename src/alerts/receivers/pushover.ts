import { z } from 'zod';
import { reasonOf } from '../../lib/log.ts';
import { Duration } from '../../lib/schema.ts';
import { readSecret, secretText } from '../../lib/secret.ts';
import { atLeastOne, atMostOne, FilePath, HttpConfig, SecretText, secretOf } from '../http-config.ts';
import { post } from '../http-post.ts';
import { truncate } from '../truncate.ts';
import { defineReceiver, type Writer } from './receiver.ts';

const api = 'https://api.pushover.net/1/messages.json';
/** https://pushover.net/api#limits */
const maxTitle = 250;
const maxMessage = 1024;
const maxUrl = 512;
const minute = 60_000;

const Config = z
  .strictObject({
    user_key: SecretText.optional().describe('Key of the user or the group.'),
    user_key_file: FilePath.optional().describe('A file that holds it.'),
    token: SecretText.optional().describe('Token of the application.'),
    token_file: FilePath.optional().describe('A file that holds it.'),
    title: z.string().default('{{ template "pushover.default.title" . }}').describe('Template of the title.'),
    message: z.string().default('{{ template "pushover.default.message" . }}').describe('Template of the text.'),
    url: z.string().default('{{ template "pushover.default.url" . }}').describe('Template of the link.'),
    url_title: z.string().default('').describe('Template of the link’s text.'),
    device: z.string().default('').describe('Template of the device; all of them where empty.'),
    sound: z.string().default('').describe('Template of the sound.'),
    priority: z.coerce
      .string()
      .default('{{ if eq .Status "firing" }}2{{ else }}0{{ end }}')
      .describe('Template of the priority, from -2 to 2.'),
    retry: Duration.default(minute).describe('How often it repeats with priority 2, until somebody confirms.'),
    expire: Duration.default(60 * minute).describe('How long it repeats.'),
    ttl: Duration.default(0).describe('When the message goes by itself; 0 for never.'),
    html: z.boolean().default(false).describe('Whether the text is HTML.'),
    monospace: z.boolean().default(false).describe('Whether the text is set in letters of one width.'),
    send_resolved: z.boolean().default(true).describe('Whether it is told of what has ended.'),
    http_config: HttpConfig.optional().describe('Authorization, TLS, proxy and redirects.'),
  })
  .refine(...atLeastOne('user_key', 'user_key_file'))
  .refine(...atMostOne('user_key', 'user_key_file'))
  .refine(...atLeastOne('token', 'token_file'))
  .refine(...atMostOne('token', 'token_file'))
  .refine(({ html, monospace }) => !html || !monospace, 'at most one of html and monospace')
  .transform(({ user_key: key, user_key_file: keyFile, token, token_file: tokenFile, ...rest }) => ({
    ...rest,
    user: secretOf(key, keyFile) ?? secretText(''),
    token: secretOf(token, tokenFile) ?? secretText(''),
  }));

type Config = z.output<typeof Config>;

export const pushover = defineReceiver({
  kind: 'pushover',
  help: 'Sends a message to phones by Pushover.',
  config: Config,
  async send(deps, config, notification, signal) {
    const writer = deps.writer(notification);
    const fields = fieldsOf(config, writer);
    try {
      const [token, user] = await Promise.all(
        [config.token, config.user].map((secret) => readSecret(secret, (path) => deps.readFile(path))),
      );
      // In the body, where Alertmanager has them in the URL: a proxy's log keeps URLs.
      const body = new URLSearchParams({ token: token?.trim() ?? '', user: user?.trim() ?? '', ...fields }).toString();
      const contentType = 'application/x-www-form-urlencoded';
      const request = { what: 'Pushover', url: secretText(api), http: config.http_config, contentType, body };
      return await post(deps, request, signal);
    } catch (error) {
      return { ok: false, retry: true, reason: 'config', message: reasonOf(error) };
    }
  },
});

function fieldsOf(config: Config, { text, html }: Writer): Readonly<Record<string, string>> {
  const message = truncate(config.html ? html(config.message) : text(config.message), maxMessage).trim();
  return {
    title: truncate(text(config.title), maxTitle),
    ...(config.html ? { html: '1' } : {}),
    ...(config.monospace ? { monospace: '1' } : {}),
    // Pushover refuses an empty message.
    message: message === '' ? '(no details)' : message,
    url: truncate(text(config.url), maxUrl),
    url_title: text(config.url_title),
    priority: text(config.priority),
    retry: seconds(config.retry),
    expire: seconds(config.expire),
    device: text(config.device),
    sound: text(config.sound),
    ...(config.ttl > 0 ? { ttl: seconds(config.ttl) } : {}),
  };
}

function seconds(ms: number): string {
  return String(Math.trunc(ms / 1000));
}
