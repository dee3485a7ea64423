import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type RunningProcess, startProcess, temporaryFolder } from '../support/processes.ts';
import { freePort } from '../support/services.ts';
import { createSink } from '../support/sink.ts';
import { root } from '../support/tree.ts';
import { waitUntil } from '../support/wait.ts';

function rulesWith(expr: string): string {
  return stringify({ groups: [{ name: 'kill', rules: [{ alert: 'Fired', expr }] }] });
}

it('loses no notification when it is killed between fire and delivery', async () => {
  using folder = temporaryFolder();
  await using sink = await createSink();
  const port = await freePort();
  const write = (name: string, text: string): void => writeFileSync(join(folder.path, name), text);
  const receiver = { name: 'hook', webhook_configs: [{ url: `http://127.0.0.1:${sink.port}` }] };
  write('alertmanager.yml', stringify({ route: { receiver: 'hook', group_wait: '0s' }, receivers: [receiver] }));
  write('kill.rules.yml', rulesWith('up == 1'));
  write(
    'runnerwatch.yml',
    stringify({
      listen: `127.0.0.1:${port}`,
      data_dir: 'data',
      docker: { host: 'unix:///nonexistent/docker.sock' },
      rules: { files: ['kill.rules.yml'], evaluation_interval: '1s' },
      alertmanager: { config_file: 'alertmanager.yml' },
    }),
  );
  const start = (): Promise<RunningProcess> =>
    startProcess({
      command: process.execPath,
      args: [join(root, 'src/cli.ts'), 'start', '--config', join(folder.path, 'runnerwatch.yml')],
      ready: { url: `http://127.0.0.1:${port}/-/healthy` },
    });

  // The receiver takes the connection and never says that it has the notification.
  sink.answer('hang');
  const first = await start();
  await waitUntil(() => sink.bodies.length > 0, { timeoutMs: 15_000, what: () => 'an attempt to deliver' });
  process.kill(first.pid, 'SIGKILL');
  await first.stop();
  const tried = sink.bodies.length;

  // Nothing fires any more: what comes now can only be what was kept.
  write('kill.rules.yml', rulesWith('up == 2'));
  sink.answer(200);
  await using second = await start();
  await waitUntil(() => sink.bodies.length > tried, { timeoutMs: 15_000, what: () => second.output() });
  expect(sink.bodies[tried]).toMatchObject({
    version: '4',
    receiver: 'hook',
    alerts: [{ labels: { alertname: 'Fired' } }],
  });
  expect(sink.bodies[tried]).toEqual(sink.bodies[0]);
}, 60_000);
