import { z } from 'zod';
import { notificationStatus } from '../../model/alert.ts';
import { atLeastOne, atMostOne, FilePath, HttpConfig, SecretUrl, secretOf } from '../http-config.ts';
import { post } from '../http-post.ts';
import { truncate, withoutEmpty } from '../truncate.ts';
import { defineReceiver } from './receiver.ts';

/** Discord's limits: https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
const maxContent = 2000;
const maxTitle = 256;
const maxDescription = 4096;
const colors = { firing: 0x992d22, resolved: 0x2ecc71 };

const Config = z
  .strictObject({
    webhook_url: SecretUrl.optional().describe('The webhook of the channel.'),
    webhook_url_file: FilePath.optional().describe('A file that holds it.'),
    send_resolved: z.boolean().default(true).describe('Whether it is told of what has ended.'),
    content: z.string().default('').describe('Template of the text above the card.'),
    title: z.string().default('{{ template "discord.default.title" . }}').describe('Template of the card’s title.'),
    message: z.string().default('{{ template "discord.default.message" . }}').describe('Template of its text.'),
    username: z.string().default('').describe('Name to post under.'),
    avatar_url: z.string().default('').describe('Picture to post under.'),
    http_config: HttpConfig.optional().describe('Authorization, TLS, proxy and redirects.'),
  })
  .refine(...atLeastOne('webhook_url', 'webhook_url_file'))
  .refine(...atMostOne('webhook_url', 'webhook_url_file'))
  .transform(({ webhook_url: url, webhook_url_file: file, ...rest }) => ({ ...rest, url: secretOf(url, file) }));

export const discord = defineReceiver({
  kind: 'discord',
  help: 'Posts a card to a Discord channel’s webhook.',
  config: Config,
  send(deps, config, notification, signal) {
    const { text } = deps.writer(notification);
    const status = notificationStatus(notification);
    const body = JSON.stringify({
      content: truncate(text(config.content), maxContent),
      embeds: [
        {
          title: truncate(text(config.title), maxTitle),
          description: truncate(text(config.message), maxDescription),
          color: colors[status],
        },
      ],
      ...withoutEmpty({ username: config.username, avatar_url: config.avatar_url }),
    });
    return post(deps, { what: 'Discord', url: config.url, http: config.http_config, body }, signal);
  },
});
