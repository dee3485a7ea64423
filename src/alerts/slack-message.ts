import { z } from 'zod';
import type { Writer } from './receivers/receiver.ts';
import { truncate, withoutEmpty } from './truncate.ts';

/** https://api.slack.com/reference/messaging/attachments#legacy_fields */
const maxTitle = 1024;

function template(name: string, help: string) {
  return z.string().default(`{{ template "slack.default.${name}" . }}`).describe(help);
}

/** The settings that are templates of one text each. */
export const slackTexts = {
  username: template('username', 'Template of the name to post under.'),
  icon_emoji: template('iconemoji', 'Template of the emoji beside it.'),
  icon_url: template('iconurl', 'Template of the picture beside it.'),
  message_text: z.string().default('').describe('Template of the text above the attachment.'),
  title: template('title', 'Template of the attachment’s title.'),
  title_link: template('titlelink', 'Template of the title’s link.'),
  pretext: template('pretext', 'Template of the text before the attachment.'),
  text: template('text', 'Template of its text.'),
  fallback: template('fallback', 'Template of what is shown where attachments are not.'),
  callback_id: template('callbackid', 'Template of its identifier.'),
  footer: template('footer', 'Template of its last line.'),
  color: template('color', 'Template of its colour.'),
  image_url: z.string().default('').describe('Template of an image’s URL.'),
  thumb_url: z.string().default('').describe('Template of a small image’s URL.'),
};

export const SlackField = z.strictObject({
  title: z.string().min(1),
  value: z.string().min(1),
  short: z.boolean().optional(),
});

const Confirmation = z.strictObject({
  text: z.string().min(1),
  title: z.string().default(''),
  ok_text: z.string().default(''),
  dismiss_text: z.string().default(''),
});

/** A button is a link, or says its name and value to a program of Slack's. */
export const SlackAction = z
  .strictObject({
    type: z.string().min(1),
    text: z.string().min(1),
    url: z.string().default(''),
    style: z.string().default(''),
    name: z.string().default(''),
    value: z.string().default(''),
    confirm: Confirmation.optional(),
  })
  .refine(({ url, name }) => url !== '' || name !== '', 'one of url and name')
  .transform(({ type, text, url, style, name, value, confirm }) =>
    url === '' ? { type, text, style, name, value, ...(confirm ? { confirm } : {}) } : { type, text, url, style },
  );

type Texts = { readonly [K in keyof typeof slackTexts]: string };

export interface SlackSettings extends Texts {
  readonly channel: string;
  readonly fields: readonly z.output<typeof SlackField>[];
  readonly short_fields: boolean;
  readonly link_names: boolean;
  readonly mrkdwn_in: readonly string[];
  readonly actions: readonly z.output<typeof SlackAction>[];
}

/** The body of Slack's webhook and of its `chat.postMessage`. */
export function slackMessage(settings: SlackSettings, { text }: Writer) {
  return {
    ...withoutEmpty({
      channel: text(settings.channel),
      username: text(settings.username),
      icon_emoji: text(settings.icon_emoji),
      icon_url: text(settings.icon_url),
      link_names: settings.link_names,
      text: text(settings.message_text),
    }),
    attachments: [attachment(settings, text)],
  };
}

function attachment(settings: SlackSettings, text: Writer['text']) {
  const { fields, actions, mrkdwn_in: markdown, short_fields: isShort } = settings;
  return {
    ...withoutEmpty({
      title: truncate(text(settings.title), maxTitle),
      title_link: text(settings.title_link),
      pretext: text(settings.pretext),
      image_url: text(settings.image_url),
      thumb_url: text(settings.thumb_url),
      color: text(settings.color),
    }),
    text: text(settings.text),
    fallback: text(settings.fallback),
    callback_id: text(settings.callback_id),
    footer: text(settings.footer),
    mrkdwn_in: markdown.length > 0 ? markdown : ['fallback', 'pretext', 'text'],
    ...(fields.length === 0 ? {} : { fields: fields.map((field) => written(field, isShort, text)) }),
    ...(actions.length === 0 ? {} : { actions: actions.map((action) => eachText(action, text)) }),
  };
}

function written({ title, value, short }: z.output<typeof SlackField>, isShort: boolean, text: Writer['text']) {
  return { ...withoutEmpty({ title: text(title), value: text(value) }), short: short ?? isShort };
}

/** Each text of a button as its template gives it, those of its question too. */
function eachText(values: Readonly<Record<string, unknown>>, text: Writer['text']): Readonly<Record<string, unknown>> {
  const entries = Object.entries(values).map(([key, value]) => [
    key,
    typeof value === 'string' ? text(value) : eachText(value as Readonly<Record<string, unknown>>, text),
  ]);
  return withoutEmpty(Object.fromEntries(entries));
}
