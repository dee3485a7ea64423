import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createGithubEmulator } from '../support/github-emulator/index.ts';
import { temporaryFolder } from '../support/processes.ts';
import { startServer } from '../support/server.ts';
import { waitUntil } from '../support/wait.ts';

const secrets = {
  github: 'ghp_SECRETgithub0000000000000000000000000',
  recovery: 'SECRETrecovery',
  hook: 'SECREThookpath',
  password: 'SECRETpassword',
  passphrase: 'SECRETpassphrase',
} as const;

/** Everything that fails does so with a secret in its hands; nothing that anybody can read may then hold it. */
it('no secret reaches a log line, a metric, the API, the page or the audit log', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  // Knows another token: it refuses ours.
  await using github = await createGithubEmulator({ tokens: { other: {} } });
  using folder = temporaryFolder();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder.path, name), text);
    return join(folder.path, name);
  };
  const http_config = { basic_auth: { username: 'u', password: secrets.password } };
  const webhook_configs = [
    { url: `http://127.0.0.1:1/${secrets.hook}`, http_config },
    { url: `${github.url}/${secrets.hook}?token=${secrets.hook}` },
  ];
  const routing = { route: { receiver: 'r', group_wait: '0s' }, receivers: [{ name: 'r', webhook_configs }] };
  const rules = { groups: [{ name: 'g', rules: [{ alert: 'A', expr: 'up == 1' }] }] };
  const ssh = { username: 'u', private_key_file: file('key', 'no key'), passphrase: secrets.passphrase };
  await using server = await startServer({
    log,
    settings: {
      docker: { host: 'unix:///nonexistent/docker.sock' },
      github: { api_url: github.url, token_file: file('token', secrets.github), repositories: ['o/r'] },
      recovery: { token: secrets.recovery },
      targets: [{ name: 't', address: '127.0.0.1', modules: ['ssh'], ssh: { port: 1, ...ssh } }],
      rules: { files: [file('a.rules.yml', stringify(rules))], evaluation_interval: '1s' },
      alertmanager: { config_file: file('alertmanager.yml', stringify(routing)) },
    },
  });
  const refused = () => github.requests().some(({ status }) => status === 401);
  await waitUntil(refused, { timeoutMs: 15_000, what: () => lines.join('') });
  await waitUntil(() => lines.filter((line) => line.includes('webhook')).length >= 2, {
    timeoutMs: 15_000,
    what: () => lines.join(''),
  });
  const headers = { authorization: `Bearer ${secrets.recovery}`, 'content-type': 'application/json' };
  const ask = (body: string) => fetch(`${server.url}/api/v1/recover`, { method: 'POST', headers, body });
  await ask('{"version": "4", "alerts": 1}');
  await ask('{"version": "4", "alerts": [{"status": "firing", "labels": {"alertname": "A", "runner": "r"}}]}');
  server.configure({ recovery: { token: secrets.recovery, tokn: secrets.recovery }, listen: secrets.hook });
  const reload = await server.reload();

  const pages = ['/metrics', '/', '/api/v1/runners', '/api/v1/alerts', '/api/v1/collectors'];
  const read = await Promise.all(pages.map(async (path) => (await fetch(server.url + path)).text()));
  expect(read.join('')).toContain('runnerwatch_collector_success{collector="github-runners"} 0');
  const audit = readFileSync(join(server.folder, 'data/audit/audit.jsonl'), 'utf8');
  expect(audit).toContain('recovery-decided');
  read.push(audit);
  for (const secret of [secrets.github, secrets.recovery, secrets.password, secrets.passphrase]) {
    expect([...lines, ...read, JSON.stringify(reload)].filter((text) => text.includes(secret))).toEqual([]);
  }
  // The last reload wrote it where an address belongs: that message shows what was found there.
  expect([...lines, ...read].filter((text) => text.includes(secrets.hook))).toEqual([]);
}, 60_000);
