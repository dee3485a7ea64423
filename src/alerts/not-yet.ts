import { type Path, problemAt, type YamlDocument } from '../lib/document.ts';
import type { Problem } from '../lib/problem.ts';
import { receiverKinds } from './receivers/index.ts';

/** The integrations of Alertmanager 0.33 by their keys. */
const integrations = [
  'discord',
  'email',
  'incidentio',
  'jira',
  'mattermost',
  'msteams',
  'msteamsv2',
  'opsgenie',
  'pagerduty',
  'pushover',
  'rocketchat',
  'slack',
  'sns',
  'telegram',
  'victorops',
  'webex',
  'webhook',
  'wechat',
];

const known = new Set(receiverKinds.map(({ kind }) => kind));
const integrationKeys = integrations.filter((kind) => !known.has(kind)).map((kind) => `${kind}_configs`);
/** Everything else in `global` is a default for one of the integrations. */
const globalPrefixes =
  /^(smtp|slack|pagerduty|opsgenie|wechat|victorops|telegram|webex|jira|rocketchat|mattermost|incidentio)_/;
const globalKeys = new Set(receiverKinds.flatMap(({ globals }) => Object.keys(globals?.shape ?? {})));
const configKeys: Readonly<Record<string, readonly string[]>> = {
  webhook_configs: ['payload'],
  slack_configs: ['update_message'],
  email_configs: ['threading'],
};
const httpKeys = ['oauth2', 'proxy_connect_header'];

/** What Alertmanager knows at a place and we do not yet. */
function isNotYet(path: Path, key: string, value: unknown): boolean {
  const parent = String(path.at(-1) ?? '');
  if (path.length === 0) return key === 'tracing';
  if (parent === 'http_config') return httpKeys.includes(key);
  if (parent === 'global') return globalPrefixes.test(key) && !globalKeys.has(key);
  if (path[0] === 'receivers' && path.length === 4) return isNotYetInConfig(String(path[2]), key, value);
  return path.length === 2 && path[0] === 'receivers' && integrationKeys.includes(key);
}

/** A setting of an integration that is known otherwise. */
function isNotYetInConfig(configs: string, key: string, value: unknown): boolean {
  return value !== false && (configKeys[configs] ?? []).includes(key);
}

/**
 * Sets apart what is right for Alertmanager and not known here yet: silently skipping it would route, mute or notify
 * otherwise than the file says. Returns the document without it, so that it is not called a spelling mistake as well.
 */
export function splitNotYet(document: YamlDocument): {
  readonly document: YamlDocument;
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  function prune(value: unknown, path: Path): unknown {
    if (Array.isArray(value)) return value.map((item, index) => prune(item, [...path, index]));
    if (value === null || typeof value !== 'object') return value;
    const kept = Object.entries(value).filter(([key, inner]) => {
      if (!isNotYet(path, key, inner)) return true;
      problems.push(
        problemAt(
          document,
          [...path, key],
          'found a key that Alertmanager knows and Runnerwatch does not know yet',
          'Remove it, or let a real Alertmanager use this file',
        ),
      );
      return false;
    });
    return Object.fromEntries(kept.map(([key, inner]) => [key, prune(inner, [...path, key])]));
  }
  const value = prune(document.value, []);
  return { document: { ...document, value }, problems };
}
