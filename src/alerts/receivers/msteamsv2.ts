import { z } from 'zod';
import { notificationStatus } from '../../model/alert.ts';
import { atLeastOne, atMostOne, FilePath, HttpConfig, SecretUrl, secretOf } from '../http-config.ts';
import { post } from '../http-post.ts';
import { defineReceiver } from './receiver.ts';

const Config = z
  .strictObject({
    webhook_url: SecretUrl.optional().describe('The workflow’s webhook.'),
    webhook_url_file: FilePath.optional().describe('A file that holds it.'),
    send_resolved: z.boolean().default(true).describe('Whether it is told of what has ended.'),
    title: z.string().default('{{ template "msteamsv2.default.title" . }}').describe('Template of the card’s title.'),
    text: z.string().default('{{ template "msteamsv2.default.text" . }}').describe('Template of its text.'),
    http_config: HttpConfig.optional().describe('Authorization, TLS, proxy and redirects.'),
  })
  .refine(...atLeastOne('webhook_url', 'webhook_url_file'))
  .refine(...atMostOne('webhook_url', 'webhook_url_file'))
  .transform(({ webhook_url: url, webhook_url_file: file, ...rest }) => ({ ...rest, url: secretOf(url, file) }));

export const msteamsv2 = defineReceiver({
  kind: 'msteamsv2',
  help: 'Posts a card to a Microsoft Teams workflow.',
  config: Config,
  send(deps, config, notification, signal) {
    const { text } = deps.writer(notification);
    const status = notificationStatus(notification);
    const body = JSON.stringify(
      card(text(config.title), text(config.text), status === 'firing' ? 'Attention' : 'Good'),
    );
    return post(deps, { what: 'Microsoft Teams', url: config.url, http: config.http_config, body }, signal);
  },
});

/** A message with an adaptive card: https://learn.microsoft.com/en-us/connectors/teams/ */
function card(title: string, text: string, color: string) {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.2',
    body: [
      { type: 'TextBlock', text: title, weight: 'Bolder', size: 'Medium', wrap: true, style: 'heading', color },
      { type: 'TextBlock', text, wrap: true },
    ],
    msteams: { width: 'full' },
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}
