import { z } from 'zod';
import type { HttpAnswer } from '../../lib/http.ts';
import { Duration, HttpUrl } from '../../lib/schema.ts';
import { type SecretSource, secretText } from '../../lib/secret.ts';
import { atMostOne, FilePath, HttpConfig, SecretText, SecretUrl, secretOf } from '../http-config.ts';
import { post } from '../http-post.ts';
import { parsed } from '../http-saying.ts';
import { SlackAction, SlackField, slackMessage, slackTexts } from '../slack-message.ts';
import { type Delivery, defineReceiver, type Globals } from './receiver.ts';

const defaultAppUrl = 'https://slack.com/api/chat.postMessage';

const Config = z
  .strictObject({
    api_url: SecretUrl.optional().describe('The incoming webhook; global.slack_api_url where absent.'),
    api_url_file: FilePath.optional().describe('A file that holds it.'),
    app_token: SecretText.optional().describe(
      'Token of a bot, instead of a webhook; global.slack_app_token where absent.',
    ),
    app_token_file: FilePath.optional().describe('A file that holds it.'),
    app_url: HttpUrl.optional().describe('Where the bot posts to; global.slack_app_url where absent.'),
    channel: z.string().default('').describe('Template of the channel or the user.'),
    ...slackTexts,
    fields: z.array(SlackField).default([]).describe('Fields of the attachment.'),
    short_fields: z.boolean().default(false).describe('Whether fields stand beside each other.'),
    link_names: z.boolean().default(false).describe('Whether names of channels and users become links.'),
    mrkdwn_in: z.array(z.string()).default([]).describe('What is written in Slack’s Markdown.'),
    actions: z.array(SlackAction).default([]).describe('Buttons of the attachment.'),
    update_message: z.literal(false).optional(),
    timeout: Duration.optional().describe('For one attempt.'),
    send_resolved: z.boolean().default(false).describe('Whether it is told of what has ended.'),
    http_config: HttpConfig.optional().describe('Authorization, TLS, proxy and redirects.'),
  })
  .refine(...atMostOne('api_url', 'api_url_file', 'app_token', 'app_token_file'))
  .transform(({ api_url: url, api_url_file: file, app_token: token, app_token_file: tokenFile, ...rest }) => ({
    ...rest,
    url: secretOf(url, file),
    token: secretOf(token, tokenFile),
  }));

const SlackGlobals = z.object({
  slack_api_url: SecretUrl.optional(),
  slack_api_url_file: FilePath.optional(),
  slack_app_token: SecretText.optional(),
  slack_app_token_file: FilePath.optional(),
  slack_app_url: HttpUrl.optional(),
});

export const slack = defineReceiver({
  kind: 'slack',
  help: 'Posts to a Slack channel, by an incoming webhook or as a bot.',
  config: Config,
  globals: SlackGlobals,
  complete(config, globals) {
    const { url, token, appUrl } = endpointOf(config, globals);
    if (token) return { ...config, token, url: secretText(appUrl) };
    return url ? { ...config, url } : 'Give it an api_url or an app_token, or put one into global';
  },
  send(deps, config, notification, signal) {
    const body = JSON.stringify(slackMessage(config, deps.writer(notification)));
    const { url, token, http_config: own, timeout } = config;
    const http = token ? { ...(own ?? HttpConfig.parse({})), authorization: { type: 'Bearer', secret: token } } : own;
    return post(deps, { what: 'Slack', url, http, timeout, body, check }, signal);
  },
});

interface Endpoint {
  readonly url: SecretSource | undefined;
  readonly token: SecretSource | undefined;
  readonly appUrl: string;
}

/** Its own webhook, its own bot, and then the same of `global`. */
function endpointOf({ url, token, app_url: own }: z.output<typeof Config>, globals: Globals): Endpoint {
  const all = SlackGlobals.parse(globals);
  const appUrl = own ?? all.slack_app_url ?? defaultAppUrl;
  if (url || token) return { url, token, appUrl };
  const hook = secretOf(all.slack_api_url, all.slack_api_url_file);
  return { url: hook, token: hook ? undefined : secretOf(all.slack_app_token, all.slack_app_token_file), appUrl };
}

const Answer = z.object({ ok: z.boolean(), error: z.string().max(100).optional() });

/** Slack may say with a status of 200 that it refused: https://docs.slack.dev/apis/web-api/#evaluating-responses */
function check({ headers, text }: HttpAnswer): Delivery {
  const isJson = headers.get('content-type')?.startsWith('application/json') ?? false;
  if (!isJson) return text === 'ok' ? { ok: true } : refused('Slack answered with another text than ok');
  const answer = Answer.safeParse(parsed(text));
  if (!answer.success) return { ...refused('Slack answered with what is no JSON of its API'), retry: true };
  const { ok, error = 'no reason' } = answer.data;
  return ok ? { ok: true } : refused(`Slack refused the message: ${error.replaceAll(/[^a-z_]/g, '')}`);
}

function refused(message: string): Exclude<Delivery, { ok: true }> {
  return { ok: false, retry: false, reason: 'client', message };
}
