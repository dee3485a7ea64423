import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { Namespace } from './netns.ts';
import { startProcess, temporaryFolder } from './processes.ts';

const execute = promisify(execFile);
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** Runnerwatch as its own process in a namespace, where nobody else can reach it. */
export async function startRunnerwatchIn(at: Namespace, settings: Readonly<Record<string, unknown>>) {
  const folder = temporaryFolder({
    'runnerwatch.yml': stringify({
      listen: '127.0.0.1:9478',
      data_dir: './data',
      docker: { host: 'unix:///nonexistent' },
      log: { format: 'json' },
      ...settings,
    }),
  });
  const [command = 'ip', ...prefix] = at.prefix;
  const args = [...prefix, process.execPath, cli, 'start', '--config', `${folder.path}/runnerwatch.yml`];
  const running = await startProcess({ command, args, cwd: folder.path, ready: { output: /listening/ } });
  return {
    output: running.output,
    metrics: async () => {
      const { stdout } = await execute(
        command,
        [...prefix, 'curl', '--silent', '--fail', 'http://127.0.0.1:9478/metrics'],
        {
          maxBuffer: 10_000_000,
        },
      );
      return stdout;
    },
    [Symbol.asyncDispose]: async () => {
      await running.stop();
      folder[Symbol.dispose]();
    },
  };
}
