import { z } from 'zod';
import type { HttpAnswer } from '../../lib/http.ts';
import { notificationStatus } from '../../model/alert.ts';
import { post } from '../http-post.ts';
import type { Delivery } from '../receivers/receiver.ts';
import { SecretUrl, urlBelow } from '../relay-http.ts';
import { defineRelay } from './relay.ts';

const Config = z.strictObject({
  url: SecretUrl.describe('The URL to ping; a secret, because who knows it may ping it too.'),
  method: z.enum(['GET', 'POST']).default('GET').describe('The method.'),
  fail_on_resolved: z
    .boolean()
    .default(false)
    .describe('Whether <url>/fail is pinged when the alert was resolved, as healthchecks.io has it.'),
});

/** https://healthchecks.io/docs/http_api/ */
export const deadMansSwitch = defineRelay({
  kind: 'dead_mans_switch',
  help: 'Pings a URL whenever an alert that always fires is told: who misses the ping calls for help.',
  config: Config,
  async send(tools, config, notification, signal) {
    const isFiring = notificationStatus(notification) === 'firing';
    // Who stays silent is noticed without a word: that is what the switch is for.
    if (!isFiring && !config.fail_on_resolved) return { ok: true };
    const { connection: http, timeoutMs: timeout } = tools;
    const { url, method } = config;
    const toUrl = (text: string): string => (isFiring ? text : urlBelow(text, '/fail'));
    const body = method === 'POST' ? { body: '', contentType: 'text/plain' } : {};
    return post(tools, { what: 'the switch', url, toUrl, method, http, timeout, check, ...body }, signal);
  },
});

/** healthchecks.io answers a ping of a check that does not exist, or that came too soon, with status 200 as well. */
function check({ text }: HttpAnswer): Delivery {
  const said = text.trim().toLowerCase();
  if (said === 'ok (not found)') {
    return { ok: false, retry: false, reason: 'client', message: 'the switch answered that it does not know this URL' };
  }
  if (said === 'ok (rate limited)') {
    return { ok: false, retry: true, reason: 'rate-limit', message: 'the switch answered that pings come too often' };
  }
  return { ok: true };
}
