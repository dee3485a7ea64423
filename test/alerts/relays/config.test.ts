import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { relayKinds } from '../../../src/alerts/relays/index.ts';
import { Relays } from '../../../src/alerts/relays-config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { systemPorts } from '../../../src/config/ports.ts';
import { effectiveSettings } from '../../../src/config/redact.ts';
import { temporaryFolder } from '../../support/processes.ts';
import { root } from '../../support/tree.ts';

function faultsOf(relay: object, name = 'x'): readonly string[] {
  const parsed = Relays.safeParse({ [name]: relay });
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const ntfy = { topic: 't' };
const token = 't';
const url = 'http://ha:8123';

/** Without the indentation of its first line. */
function dedent(text: string): string {
  const indent = /^ */.exec(text)?.[0].length ?? 0;
  return text.replace(new RegExp(`^ {${indent}}`, 'gm'), '');
}

describe.each(relayKinds)('relay $kind', ({ kind, help, config }) => {
  it('is named like its file, says in one sentence what it does, and refuses what it does not know', () => {
    expect(existsSync(join(root, `src/alerts/relays/${kind.replaceAll('_', '-')}.ts`))).toBe(true);
    expect(help).toMatch(/^[A-Z].*\.$/);
    expect(config.safeParse({}).success).toBe(false);
  });
});

describe('the configuration of relays', () => {
  it.each<readonly [string, object, string]>([
    ['no kind', {}, 'x: exactly one of dead_mans_switch, gotify, home_assistant, json, matrix, ntfy'],
    [
      'two kinds',
      { ntfy, json: { url } },
      'x: exactly one of dead_mans_switch, gotify, home_assistant, json, matrix, ntfy',
    ],
    [
      'a broken template',
      { ntfy: { ...ntfy, title: '{{ .Status' } },
      'x.ntfy.title: a template without fault (line 1: unclosed action)',
    ],
    [
      'a token beside another',
      { ntfy: { ...ntfy, token }, http_config: { authorization: { credentials: 'x' } } },
      'x.http_config: no authorization and no basic_auth beside the token of ntfy',
    ],
    [
      'two ways to Home Assistant',
      { home_assistant: { url, token, service: 'a.b', event: 'c' } },
      'x.home_assistant: one of service, event and webhook_id',
    ],
    [
      'a service without a token',
      { home_assistant: { url, service: 'a.b' } },
      'x.home_assistant: a token for a service or an event',
    ],
    [
      'an alias for a room',
      { matrix: { homeserver: url, room_id: '#a:b', access_token: 't' } },
      'x.matrix.room_id: the id of a room such as !abc:example.org, not its alias',
    ],
    [
      'a URL that is none',
      { json: { url: 'example.org' } },
      'x.json.url: an http:// or https:// URL without credentials',
    ],
    [
      'a header of our own',
      { json: { url }, http_config: { http_headers: { Host: { value: 'a' } } } },
      'x.http_config.http_headers: names of headers that nothing else sets',
    ],
    ['a wait for ever', { ntfy, timeout: '2m' }, 'x.timeout: a duration from 100ms to 1m'],
  ])('refuses %s', (_, relay, fault) => {
    expect(faultsOf(relay)).toEqual([fault]);
  });

  it('refuses a name that is none in a URL, and too many', () => {
    expect(faultsOf({ ntfy }, 'my/phone')).toEqual([
      'my/phone: a name of at most 63 letters, digits, _ and -, as it stands in the URL',
    ]);
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`r${index}`, { ntfy }]));
    expect(Relays.safeParse(many).success).toBe(false);
  });

  it('has examples that load', async () => {
    const page = readFileSync(join(root, 'docs/relays.md'), 'utf8');
    const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => dedent(text));
    const own = examples.filter((text) => text.startsWith('relays:'));
    expect(own).toHaveLength(3);
    for (const text of own) {
      using folder = temporaryFolder({ 'runnerwatch.yml': text });
      const ports = { ...systemPorts(), env: {}, cwd: folder.path };
      const readFile = async (path: string) => (path.startsWith('/run/secrets/') ? 'x' : ports.readFile(path));
      const { config } = await loadConfig({ ...ports, readFile }, 'runnerwatch.yml');
      expect(Object.keys(config.relays).length).toBeGreaterThan(0);
    }
  });

  it('reads each secret from its file, and shows none', async () => {
    using folder = temporaryFolder({
      'runnerwatch.yml': `
relays:
  phone:
    token_file: t
    ntfy: { topic_file: t, token: "the secret" }
    http_config: { http_headers: { X-Team: { value: "the secret" } } }
  ha:
    home_assistant: { url: "http://ha:8123", webhook_id_file: t }
  switch:
    dead_mans_switch: { url: "https://hc-ping.com/the-secret" }
`,
      t: 'text',
    });
    const loaded = await loadConfig({ ...systemPorts(), env: {}, cwd: folder.path }, 'runnerwatch.yml');
    expect(loaded.config.relays.phone?.token).toMatchObject({ kind: 'file', path: join(folder.path, 't') });
    const shown = JSON.stringify([effectiveSettings(loaded), loaded.config.relays]);
    expect(shown).not.toMatch(/the.secret/);
  });
});
