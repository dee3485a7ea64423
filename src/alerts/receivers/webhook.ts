import { z } from 'zod';
import { parseTime } from '../../lib/clock.ts';
import type { HttpAnswer } from '../../lib/http.ts';
import { reasonOf } from '../../lib/log.ts';
import { Duration } from '../../lib/schema.ts';
import { readSecret, type SecretSource } from '../../lib/secret.ts';
import { authorizationOf, HttpConfig, SecretUrl, secretOf } from '../http-config.ts';
import { payload, truncated } from '../payload.ts';
import { type Delivery, defineReceiver, type ReceiverDeps } from './receiver.ts';

const defaultTimeoutMs = 10_000;
/** Only the status counts; the answer's text is never used. */
const maxAnswerBytes = 64 * 1024;

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
  async send(deps, config, notification, signal) {
    const request = await prepare(deps, config);
    if ('failure' in request) return request.failure;
    const body = JSON.stringify(payload(truncated(notification, config.max_alerts), deps.externalURL));
    try {
      const answer = await deps.http(request.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': deps.userAgent, ...request.headers },
        body,
        timeoutMs: config.timeout || defaultTimeoutMs,
        maxBytes: maxAnswerBytes,
        redirect: config.http_config?.follow_redirects === false ? 'manual' : 'follow',
        signal,
      });
      return deliveryFrom(answer, deps.clock.now());
    } catch (error) {
      return { ok: false, retry: true, reason: 'network', message: reasonOf(error) };
    }
  },
});

type Prepared =
  | { readonly url: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly failure: Delivery };

/** A secret's file may be missing for the moment in which it is rotated, so that is worth another try. */
async function prepare(
  { readFile }: ReceiverDeps,
  { url, http_config: http }: { readonly url: SecretSource | undefined; readonly http_config?: HttpConfig | undefined },
): Promise<Prepared> {
  try {
    const text = url ? (await readSecret(url, readFile)).trim() : '';
    if (!SecretUrl.safeParse(text).success) throw new Error('the URL of the webhook is no http:// or https:// URL');
    return { url: text, headers: http ? await authorizationOf(http, readFile) : {} };
  } catch (error) {
    return { failure: { ok: false, retry: true, reason: 'config', message: reasonOf(error) } };
  }
}

/** The status decides, as in Alertmanager: 2xx is done, 5xx and 429 are worth another try. */
function deliveryFrom({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>, now: number): Delivery {
  if (status >= 200 && status < 300) return { ok: true };
  const message = `the webhook answered with status ${status}`;
  const wait = retryAfter(headers.get('retry-after'), now);
  const later = wait === undefined ? {} : { retryAfterMs: wait };
  if (status === 429) return { ok: false, retry: true, reason: 'rate-limit', message, ...later };
  if (status >= 500) return { ok: false, retry: true, reason: 'server', message, ...later };
  const reason = status === 401 || status === 403 ? 'auth' : 'client';
  return { ok: false, retry: false, reason, message };
}

/** Seconds or a date. */
function retryAfter(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : parseTime(text) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
