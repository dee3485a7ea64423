import { z } from 'zod';
import { Duration } from '../../lib/schema.ts';
import { HttpConfig, SecretUrl, secretOf } from '../http-config.ts';
import { post } from '../http-post.ts';
import { payload, truncated } from '../payload.ts';
import { defineReceiver } from './receiver.ts';

const Config = z
  .strictObject({
    url: SecretUrl.optional().describe('Where the notification is posted to; a secret, like all that may hold one.'),
    url_file: z.string().min(1).optional().describe('A file that holds the URL.'),
    send_resolved: z.boolean().default(true).describe('Whether it is told of what has ended.'),
    max_alerts: z.int().min(0).default(0).describe('The most alerts in one notification; 0 for all.'),
    timeout: Duration.optional().describe('For one attempt.'),
    http_config: HttpConfig.optional().describe('Authorization and redirects.'),
  })
  .refine(({ url, url_file: file }) => (url === undefined) !== (file === undefined), 'one of url and url_file')
  .transform(({ url, url_file: file, timeout, ...rest }) => ({
    ...rest,
    ...(timeout === undefined ? {} : { timeout }),
    url: secretOf(url, file),
  }));

export const webhook = defineReceiver({
  kind: 'webhook',
  help: 'Posts Alertmanager’s webhook payload, version 4, to a URL.',
  config: Config,
  send(deps, { url, http_config: http, timeout, max_alerts: max }, notification, signal) {
    const body = JSON.stringify(payload(truncated(notification, max), deps.externalURL));
    return post(deps, { what: 'the webhook', url, http, timeout, body }, signal);
  },
});
