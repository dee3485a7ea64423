import { z } from 'zod';
import { post } from '../http-post.ts';
import { SecretUrl } from '../relay-http.ts';
import { Template } from '../relay-texts.ts';
import { defineRelay } from './relay.ts';

const Config = z.strictObject({
  url: SecretUrl.describe('Where the request goes; a secret, like all that may hold one.'),
  method: z.enum(['POST', 'PUT', 'PATCH']).default('POST').describe('The method.'),
  content_type: z
    .string()
    .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s*;.*)?$/, 'a content type such as application/json')
    .default('application/json')
    .describe('What the body is; where it is JSON, what the template makes is checked.'),
  body: Template.default('{{ toJson . }}').describe(
    "Template of the body over Alertmanager's notification data; toJson writes a value as JSON.",
  ),
});

export const json = defineRelay({
  kind: 'json',
  help: 'Sends a request whose body a template makes; further headers stand in http_config.',
  config: Config,
  async send(tools, config, notification, signal) {
    const body = tools.writer(notification).text(config.body);
    if (/[/+]json(\s*;|$)/i.test(config.content_type) && !isJson(body)) {
      return {
        ok: false,
        retry: false,
        reason: 'config',
        message: 'the template body made no JSON; use toJson for texts',
      };
    }
    const { connection: http, timeoutMs: timeout } = tools;
    const { url, method, content_type: contentType } = config;
    return post(tools, { what: 'the other side', url, method, contentType, http, timeout, body }, signal);
  },
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
