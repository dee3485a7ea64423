import { join } from 'node:path';
import { stringify } from 'yaml';
import { startProcess, temporaryFolder } from '../../test/support/processes.ts';
import { binary, freePort } from '../../test/support/services.ts';
import { root } from '../../test/support/tree.ts';
import { waitUntil } from '../../test/support/wait.ts';

/** Something that is measured: a process that answers scrapes. */
export interface Subject extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  scrape(path?: string): Promise<string>;
}

function subjectOf(pid: number, url: string, dispose: () => Promise<unknown>): Subject {
  return {
    pid,
    url,
    scrape: async (path = '/metrics') => (await fetch(url + path)).text(),
    [Symbol.asyncDispose]: async () => void (await dispose()),
  };
}

type Settings = Readonly<Record<string, unknown>>;

/** Runnerwatch as it is shipped, `dist/` and all; ready when every collector has answered once. */
export async function startRunnerwatch(settings: Settings | ((port: number) => Settings)): Promise<Subject> {
  const port = await freePort();
  const own = typeof settings === 'function' ? settings(port) : settings;
  const config = stringify({ listen: `127.0.0.1:${port}`, data_dir: 'data', ...own });
  const folder = temporaryFolder({ 'runnerwatch.yml': config });
  const url = `http://127.0.0.1:${port}`;
  const running = await startProcess({
    command: process.execPath,
    args: [
      '--max-semi-space-size=2',
      join(root, 'dist/cli.js'),
      'start',
      '--config',
      join(folder.path, 'runnerwatch.yml'),
    ],
    ready: { url: `${url}/-/healthy` },
  });
  const ready = async (): Promise<boolean> => (await fetch(`${url}/-/ready`)).ok;
  await waitUntil(ready, { timeoutMs: 90_000, what: () => running.output() });
  return subjectOf(running.pid, url, async () => {
    await running.stop();
    folder[Symbol.dispose]();
  });
}

/** One of Prometheus' exporters, with its default settings. */
export async function startExporter(name: 'node_exporter' | 'blackbox_exporter', ...args: string[]): Promise<Subject> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const running = await startProcess({
    command: binary(name),
    args: [`--web.listen-address=127.0.0.1:${port}`, ...args],
    ready: { url: `${url}/metrics` },
  });
  return subjectOf(running.pid, url, () => running.stop());
}
