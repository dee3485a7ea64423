import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { systemPorts } from '../../src/config/ports.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { createServer } from '../../src/server.ts';
import { temporaryFolder } from './processes.ts';

interface TestServerOptions {
  /** What runnerwatch.yml says; `listen` and `data_dir` have values that suit a test. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly log?: Log;
}

/** The whole of Runnerwatch in this process, on a free port, with its own data directory. */
export async function startServer({ settings = {}, log = silentLog }: TestServerOptions = {}) {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const file = join(folder.path, 'runnerwatch.yml');
  function configure(next: Readonly<Record<string, unknown>>): void {
    writeFileSync(file, stringify({ listen: '127.0.0.1:0', data_dir: join(folder.path, 'data'), ...next }));
  }
  configure(settings);
  const ports = { ...systemPorts(), env: {}, cwd: folder.path };
  const server = stack.use(await createServer({ load: () => loadConfig(ports, file), log }));
  const owned = stack.move();
  return {
    url: server.url,
    folder: folder.path,
    file,
    /** Writes the file anew; takes effect with a reload. */
    configure,
    reload: server.reload,
    metrics: async () => (await fetch(`${server.url}/metrics`)).text(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The value of the one series whose line begins with `series`; undefined where there is none. */
export function seriesValue(metrics: string, series: string): number | undefined {
  const line = metrics.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}
