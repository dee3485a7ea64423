import { z } from 'zod';
import { HttpUrl } from '../../lib/schema.ts';
import { readSecret, type SecretSource, secretFile, secretText } from '../../lib/secret.ts';
import { atLeastOne, atMostOne, FilePath, HttpConfig, SecretText, secretOf } from '../http-config.ts';
import { post } from '../http-post.ts';
import { saying } from '../http-saying.ts';
import { truncate, withoutEmpty } from '../truncate.ts';
import { type Delivery, defineReceiver, type Writer } from './receiver.ts';

/** https://core.telegram.org/bots/api#sendmessage */
const maxMessage = 4096;
const tooLong =
  'The notification could not be sent: its message is longer than Telegram allows. ' +
  'Please check the template that makes it.';
const defaultApi = 'https://api.telegram.org';

const Config = z
  .strictObject({
    api_url: HttpUrl.optional().describe('Telegram’s API; global.telegram_api_url where absent.'),
    bot_token: SecretText.optional().describe('Token of the bot; global.telegram_bot_token where absent.'),
    bot_token_file: FilePath.optional().describe('A file that holds it.'),
    chat_id: z.int().optional().describe('The chat to post to.'),
    chat_id_file: FilePath.optional().describe('A file that holds its number.'),
    message_thread_id: z.int().default(0).describe('The topic in the chat.'),
    message: z.string().default('{{ template "telegram.default.message" . }}').describe('Template of the text.'),
    disable_notifications: z.boolean().default(false).describe('Whether it comes without a sound.'),
    parse_mode: z.enum(['Markdown', 'MarkdownV2', 'HTML', '']).default('HTML').describe('What the text is written in.'),
    send_resolved: z.boolean().default(true).describe('Whether it is told of what has ended.'),
    http_config: HttpConfig.optional().describe('Authorization, TLS, proxy and redirects.'),
  })
  .refine(...atMostOne('bot_token', 'bot_token_file'))
  .refine(...atLeastOne('chat_id', 'chat_id_file'))
  .refine(...atMostOne('chat_id', 'chat_id_file'))
  .transform(({ bot_token: token, bot_token_file: file, chat_id: chat, chat_id_file: chatFile, ...rest }) => ({
    ...rest,
    token: secretOf(token, file),
    chat: chat === undefined ? secretFile(chatFile ?? '') : secretText(String(chat)),
  }));

const TelegramGlobals = z.object({
  telegram_api_url: HttpUrl.optional(),
  telegram_bot_token: SecretText.optional(),
  telegram_bot_token_file: FilePath.optional(),
});

export const telegram = defineReceiver({
  kind: 'telegram',
  help: 'Sends a message by a Telegram bot.',
  config: Config,
  globals: TelegramGlobals,
  complete(config, globals) {
    const all = TelegramGlobals.parse(globals);
    const token = config.token ?? secretOf(all.telegram_bot_token, all.telegram_bot_token_file);
    if (!token) return 'Give it a bot_token or a bot_token_file, or put one into global';
    return { ...config, token, api_url: config.api_url ?? all.telegram_api_url };
  },
  async send(deps, config, notification, signal) {
    const message = messageOf(deps.writer(notification), config.parse_mode, config.message);
    const chat = await chatOf(config.chat, (path) => deps.readFile(path));
    if (typeof chat !== 'string') return chat;
    // Every value is a text: the bot library that Alertmanager uses sends them so.
    const body = JSON.stringify({
      chat_id: chat,
      text: message,
      disable_web_page_preview: 'true',
      ...withoutEmpty({
        parse_mode: config.parse_mode,
        disable_notification: config.disable_notifications ? 'true' : '',
        message_thread_id: config.message_thread_id === 0 ? '' : String(config.message_thread_id),
      }),
    });
    const api = (config.api_url ?? defaultApi).replace(/\/+$/, '');
    const toUrl = (token: string): string => `${api}/bot${token}/sendMessage`;
    const request = { what: 'Telegram', url: config.token, toUrl, http: config.http_config, body, check };
    return post(deps, request, signal);
  },
});

function messageOf({ text, html }: Writer, mode: string, template: string): string {
  if (mode !== 'HTML') return truncate(text(template), maxMessage);
  const message = html(template);
  // Cut anywhere it would be no HTML any more, which Telegram refuses.
  return [...message].length > maxMessage ? tooLong : message;
}

async function chatOf(
  chat: SecretSource,
  readFile: (path: string) => Promise<string>,
): Promise<string | Exclude<Delivery, { ok: true }>> {
  const refused = (message: string) => ({ ok: false, retry: true, reason: 'config', message }) as const;
  try {
    const text = (await readSecret(chat, readFile)).trim();
    return /^-?\d+$/.test(text) ? text : refused('the chat_id_file of Telegram holds no number');
  } catch {
    return refused('the chat_id_file of Telegram cannot be read');
  }
}

/** Telegram says in the answer itself whether it took the message. */
const check = saying('Telegram', z.object({ ok: z.literal(true) }));
