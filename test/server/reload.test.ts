import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { createSink } from '../support/sink.ts';
import { waitUntil } from '../support/wait.ts';

const docker = { host: 'unix:///nonexistent/docker.sock' };

describe('reload', () => {
  it('keeps the old configuration when the new one is bad, and says so', async () => {
    await using server = await startServer({ settings: { docker } });
    server.configure({ docker, collectors: { host: { enabld: false } } });
    const refused = await fetch(`${server.url}/-/reload`, { method: 'POST' });
    expect(refused.status).toBe(500);
    expect(await refused.text()).toContain('collectors.host.enabld: found a key that does not exist here');
    const metrics = await server.metrics();
    expect(seriesValue(metrics, 'runnerwatch_config_last_reload_successful')).toBe(0);
    expect(metrics).toContain('node_load1 ');
  });

  it('takes the new configuration as a whole', async () => {
    await using server = await startServer({ settings: { docker } });
    expect(await server.metrics()).toContain('node_load1 ');
    server.configure({ docker, collectors: { host: { enabled: false } } });
    expect((await fetch(`${server.url}/-/reload`, { method: 'POST' })).status).toBe(200);
    const metrics = await server.metrics();
    expect(seriesValue(metrics, 'runnerwatch_config_last_reload_successful')).toBe(1);
    expect(metrics).not.toContain('node_load1 ');
  });

  it('waits once behind the one that is under way, however many ask', async () => {
    await using server = await startServer({ settings: { docker } });
    const asked = Array.from({ length: 50 }, () => server.reload());
    expect(new Set(asked).size).toBe(2);
    server.configure({ docker, collectors: { host: { enabled: false } } });
    expect(await Promise.all(asked)).toEqual(Array(50).fill({ ok: true }));
    expect(await server.metrics()).not.toContain('node_load1 ');
  });

  it('goes on with the alerts that are active: nobody is told twice, and a rule that is gone ends', async () => {
    await using sink = await createSink();
    using folder = temporaryFolder();
    const write = (name: string, content: unknown): string => {
      writeFileSync(join(folder.path, name), stringify(content));
      return join(folder.path, name);
    };
    const rules = (alert: string, expr: string) => ({ groups: [{ name: 'g', rules: [{ alert, expr }] }] });
    const route = { receiver: 'hook', group_wait: '0s', group_interval: '1s' };
    const receivers = [{ name: 'hook', webhook_configs: [{ url: `http://127.0.0.1:${sink.port}` }] }];
    const settings = {
      docker,
      rules: { files: [write('a.rules.yml', rules('A', 'up == 1'))], evaluation_interval: '1s' },
      alertmanager: { config_file: write('alertmanager.yml', { route, receivers }) },
    };
    await using server = await startServer({ settings });
    const statuses = () => sink.bodies.map((body) => (body as { readonly status: string }).status);
    const told = (...expected: string[]) =>
      waitUntil(() => statuses().join() === expected.join(), {
        timeoutMs: 20_000,
        what: () => `${expected.join()} and not ${statuses().join()}`,
      });
    await told('firing');
    expect(await server.reload()).toEqual({ ok: true });
    write('a.rules.yml', rules('B', 'up == 2'));
    expect(await server.reload()).toEqual({ ok: true });
    await told('firing', 'resolved');
  }, 60_000);
});
