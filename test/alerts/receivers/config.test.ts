import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { loadRouting } from '../../../src/alerts/routing.ts';
import { temporaryFolder } from '../../support/processes.ts';
import { binary, needs } from '../../support/services.ts';

function fileWith(kind: string, config: object, global: object = {}): string {
  const receivers = [{ name: 'team', [`${kind}_configs`]: [config] }];
  return JSON.stringify({ global, route: { receiver: 'team' }, receivers });
}

const url = 'http://receiver.example/hook';
const bot = { bot_token: 'x', chat_id: 1 };
const push = { user_key: 'x', token: 'y' };
const mail = { to: 'a@b', from: 'c@d', smarthost: 'mail:25' };
const cert = { cert_file: '/c', key_file: '/k' };

/** Kind, settings and `global` that both take. */
const good: readonly (readonly [string, object, object?])[] = [
  ['slack', { api_url: url, fields: [{ title: 'a', value: 'b' }], actions: [{ type: 'a', text: 'b', url }] }],
  ['slack', { channel: '#a' }, { slack_api_url: url }],
  ['slack', { channel: '#a' }, { slack_api_url_file: '/x' }],
  ['slack', { channel: '#a', timeout: '5s' }, { slack_app_token: 'x', slack_app_url: url }],
  ['slack', { api_url: url, update_message: false, message_text: 'x', mrkdwn_in: ['text'] }],
  ['discord', { webhook_url: url, content: 'x', username: 'u', avatar_url: 'http://a/' }],
  ['discord', { webhook_url_file: '/x' }],
  ['telegram', { ...bot, parse_mode: '', message_thread_id: 3, disable_notifications: true, api_url: url }],
  ['telegram', { chat_id_file: '/x' }, { telegram_bot_token_file: '/x', telegram_api_url: url }],
  ['msteamsv2', { webhook_url: url, title: 'x', text: 'y' }],
  ['pushover', { ...push, retry: '30s', expire: '1h', ttl: '1m', monospace: true, priority: '1', sound: 's' }],
  ['pushover', { user_key_file: '/x', token_file: '/y', html: true }],
  ['email', { ...mail, force_implicit_tls: true, hello: 'x', headers: { A: 'b' }, require_tls: false, text: 'x' }],
  [
    'email',
    { to: 'a@b' },
    { smtp_smarthost: 'mail:25', smtp_from: 'c@d', smtp_auth_username: 'u', smtp_auth_password: 'p' },
  ],
  ['email', { ...mail, tls_config: { ...cert, server_name: 'x', min_version: 'TLS12' } }],
  ['webhook', { url, http_config: { tls_config: { ...cert, ca_file: '/a', insecure_skip_verify: true } } }],
  ['webhook', { url, http_config: { proxy_url: 'http://proxy:1', no_proxy: 'a,b', enable_http2: false } }],
  ['webhook', { url, http_config: { http_headers: { 'X-Team': { values: ['a'], secrets: ['b'], files: ['/c'] } } } }],
  ['webhook', { url, http_config: { proxy_from_environment: true, follow_redirects: false } }],
  ['webhook', { url, http_config: { basic_auth: { username_file: '/u', password_file: '/x' } } }],
];

/** Those that Alertmanager refuses, so that we must. */
const bad: readonly (readonly [string, object, object?])[] = [
  ['slack', { channel: '#a' }],
  ['slack', { api_url: url, app_token: 'x' }],
  ['slack', { api_url: url, fields: [{ title: 'a' }] }],
  ['slack', { api_url: url, actions: [{ type: 'a', text: 'b' }] }],
  ['slack', { api_url: url, actions: [{ type: 'a', text: 'b', name: 'c', confirm: {} }] }],
  ['discord', {}],
  ['discord', { webhook_url: url, timeout: '1s' }],
  ['telegram', { chat_id: 1 }],
  ['telegram', { bot_token: 'x' }],
  ['telegram', { ...bot, chat_id_file: '/x' }],
  ['telegram', { ...bot, parse_mode: 'Text' }],
  ['msteamsv2', { webhook_url: url, webhook_url_file: '/x' }],
  ['pushover', { token: 'x' }],
  ['pushover', { ...push, html: true, monospace: true }],
  ['email', { to: 'a@b' }],
  ['email', { to: 'a@b', smarthost: 'mail:25' }],
  ['email', { ...mail, smarthost: 'mail' }],
  ['email', { ...mail, headers: { a: 'b', A: 'c' } }],
  ['email', { ...mail, http_config: {} }],
  ['webhook', { url, http_config: { tls_config: { cert_file: '/x' } } }],
  ['webhook', { url, http_config: { tls_config: { ca: 'x', ca_file: '/x' } } }],
  ['webhook', { url, http_config: { no_proxy: 'x' } }],
  ['webhook', { url, http_config: { bearer_token: 'x', authorization: { credentials: 'y' } } }],
  ['webhook', { url, http_config: { http_headers: { 'content-Type': { values: ['a'] } } } }],
  ['webhook', { url }, { slack_api_urls: url }],
];

/** With the `global` that it has none of. */
function filled([kind, config, global = {}]: readonly [string, object, object?]): readonly [string, object, object] {
  return [kind, config, global];
}

function isTakenHere(text: string): boolean {
  try {
    loadRouting('alertmanager.yml', text);
    return true;
  } catch {
    return false;
  }
}

function isTakenThere(text: string): boolean {
  using folder = temporaryFolder({ 'alertmanager.yml': text });
  return spawnSync(binary('amtool'), ['check-config', `${folder.path}/alertmanager.yml`]).status === 0;
}

describe.skipIf(needs('amtool'))('settings of receivers, beside amtool', () => {
  it.each(good.map(filled))('both take %s %j', (kind, config, global) => {
    const text = fileWith(kind, config, global);
    expect([isTakenThere(text), isTakenHere(text)]).toEqual([true, true]);
  });

  it.each(bad.map(filled))('both refuse %s %j', (kind, config, global) => {
    const text = fileWith(kind, config, global);
    expect([isTakenThere(text), isTakenHere(text)]).toEqual([false, false]);
  });
});
