import { join } from 'node:path';
import { binary, freePort } from '../../support/services.ts';
import { root } from '../../support/tree.ts';
import { type Restartable, restartable } from './restartable.ts';

interface Common {
  /** Holds `rules.yml` and `alertmanager.yml`. */
  readonly folder: string;
}

/** A real Prometheus in the folder, with `prometheus.yml` there. */
export async function prometheusIn({ folder, flags }: Common & { readonly flags: readonly string[] }) {
  const port = await freePort();
  const args = [
    '--config.file=prometheus.yml',
    '--storage.tsdb.path=prometheus',
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-lifecycle',
    ...flags,
  ];
  const url = `http://127.0.0.1:${port}`;
  return restartable(url, { command: binary('prometheus'), args, cwd: folder }, '/-/ready');
}

/** A real Alertmanager in the folder, alone. */
export async function alertmanagerIn({ folder }: Common): Promise<Restartable> {
  const port = await freePort();
  const args = [
    '--config.file=alertmanager.yml',
    '--storage.path=alertmanager',
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ];
  const url = `http://127.0.0.1:${port}`;
  return restartable(url, { command: binary('alertmanager'), args, cwd: folder }, '/-/ready');
}

/** Runnerwatch in the folder as operators run it; `runnerwatch.yml` there leaves the address to this. */
export async function runnerwatchIn({ folder }: Common): Promise<Restartable> {
  const listen = `127.0.0.1:${await freePort()}`;
  const args = [join(root, 'src/cli.ts'), 'start', '--config', 'runnerwatch.yml'];
  const options = { command: process.execPath, args, cwd: folder, env: { RUNNERWATCH_LISTEN: listen } };
  return restartable(`http://${listen}`, options, '/-/healthy');
}
