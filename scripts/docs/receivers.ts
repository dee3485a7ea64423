import { receiverKinds } from '../../src/alerts/receivers/index.ts';
import type { Receiver } from '../../src/alerts/receivers/receiver.ts';
import { type JsonSchema, jsonSchemaOf } from '../../src/lib/json-schema.ts';
import { code, table } from './markdown.ts';

const intro = [
  '## Receivers',
  'The Alertmanager file names who is told. Its keys, defaults and templates are Alertmanager’s; a receiver or a key ' +
    'that is not listed here is an error when the file is loaded.',
  'Texts are templates with Alertmanager’s language, data and functions. The files under `templates` may replace those ' +
    'that come with it, such as `slack.default.title` or `__subject`. A template that fails makes a dead letter.',
  'Secrets may stand in the file or in one of their own (`…_file`), which is read anew for each notification, as are ' +
    'certificates. `http_config` knows `authorization`, `basic_auth`, `bearer_token`, `tls_config`, `proxy_url`, ' +
    '`no_proxy`, `proxy_from_environment`, `http_headers` and `follow_redirects`; `oauth2` and `proxy_connect_header` ' +
    'are errors.',
  'A status of 429 or 5xx, no answer, and a secret’s file that cannot be read are tried again, after as long as the ' +
    'answer asks for. Any other status is a refusal, and the notification a dead letter. Mail is always tried again.',
];

function shownDefault({ default: value }: JsonSchema): string {
  return value === undefined || value === ''
    ? ''
    : code(JSON.stringify(value).replace(/^"|"$/g, '').replaceAll('\\"', '"'));
}

function section({ kind, help, config, globals }: Receiver): readonly string[] {
  const keys = Object.entries(jsonSchemaOf(config).properties ?? {}).filter(([, key]) => key.description !== undefined);
  const rows = keys.map(([name, key]) => [code(name), key.description ?? '', shownDefault(key)]);
  const shared = Object.keys(globals?.shape ?? {}).map(code);
  return [
    `### ${code(`${kind}_configs`)}`,
    help,
    table(['key', 'meaning', 'default'], rows),
    ...(shared.length === 0 ? [] : [`From \`global\`: ${shared.join(', ')}.`]),
  ];
}

/** The part of docs/alerts.md about who can be told. */
export function receiversSection(): readonly string[] {
  return [...intro, ...receiverKinds.flatMap(section)];
}
