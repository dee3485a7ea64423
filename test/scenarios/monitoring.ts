import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Namespace } from '../support/netns.ts';
import { binary } from '../support/services.ts';
import { startProcess } from '../support/spawn.ts';
import { inside } from './inside.ts';
import { port } from './runnerwatch.ts';

const startMs = 60_000;

/** A real Prometheus and a real Alertmanager beside Runnerwatch, with the files in the folder. */
export async function startMonitoring(at: Namespace, folder: string, console: string): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const { command, prefix } = inside(at);
  const start = async (name: string, ready: string, ...flags: readonly string[]) => {
    const args = [...prefix, binary(name), ...flags];
    stack.use(await startProcess({ command, args, cwd: folder, ready: { url: ready }, timeoutMs: startMs }));
  };
  writeFileSync(join(folder, 'prometheus.yml'), prometheusFile());
  await start(
    ...(['alertmanager', `http://${console}:9093/-/ready`] as const),
    ...['--config.file=alertmanager.yml', '--storage.path=alertmanager', '--cluster.listen-address='],
  );
  await start(
    ...(['prometheus', `http://${console}:9090/-/ready`] as const),
    ...['--config.file=prometheus.yml', '--storage.tsdb.path=prometheus', '--rules.alert.resend-delay=1s'],
  );
  const owned = stack.move();
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** As the shipped one, with short intervals and its neighbours' addresses. */
function prometheusFile(): string {
  return stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules/*.rules.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:9093'] }] }] },
    scrape_configs: [{ job_name: 'runnerwatch', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
  });
}
