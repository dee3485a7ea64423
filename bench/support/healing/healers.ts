import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { GithubEmulator } from '../../../test/support/github-emulator/index.ts';
import { TEST_TOKEN } from '../../../test/support/github-emulator/index.ts';
import { startProcess, temporaryFolder } from '../../../test/support/processes.ts';
import { root } from '../../../test/support/tree.ts';
import { startRunnerwatch } from '../subject.ts';
import { noteRestarts } from './calls.ts';

/** Something that restarts unhealthy containers. */
export interface Healer extends AsyncDisposable {
  readonly restartedAt: ReadonlyMap<string, number>;
}

const token = 'recovery-token-of-the-benchmark';

/** The shipped routing, in which Runnerwatch is found under its address here. */
function routing(port: number, tokenFile: string): string {
  const shipped = parse(readFileSync(join(root, 'prometheus/alertmanager.yml'), 'utf8'));
  const recovery = shipped.receivers.find(({ name }: { readonly name: string }) => name === 'recovery');
  recovery.webhook_configs[0].url = `http://127.0.0.1:${port}/api/v1/recover`;
  recovery.webhook_configs[0].http_config.authorization.credentials_file = tokenFile;
  return stringify(shipped);
}

/** Runnerwatch as it is shipped, with its own rules and routes. Only what bounds how often it heals is wider. */
export async function startRunnerwatchHealer(github: GithubEmulator): Promise<Healer> {
  await using stack = new AsyncDisposableStack();
  const calls = stack.use(await noteRestarts());
  const folder = stack.use(temporaryFolder({ token }));
  const routingFile = join(folder.path, 'alertmanager.yml');
  stack.use(
    await startRunnerwatch((port) => {
      writeFileSync(routingFile, routing(port, join(folder.path, 'token')));
      return {
        docker: { host: `unix://${calls.socket}` },
        github: { api_url: github.url, token: TEST_TOKEN, repositories: ['octo/homelab'] },
        // This machine has no way to GitHub, and the rules would hold healing back for it.
        collectors: { path: { enabled: false } },
        rules: { files: [join(root, 'prometheus/rules/*.rules.yml')] },
        alertmanager: { config_file: routingFile },
        recovery: { token, grace: '10s', max_concurrent: 100, budget: { attempts: 100, total: 1000 } },
      };
    }),
  );
  const owned = stack.move();
  return { restartedAt: calls.restartedAt, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

export const autohealLabel = 'runnerwatch-bench-autoheal';

export async function startAutoheal(): Promise<Healer> {
  await using stack = new AsyncDisposableStack();
  const calls = stack.use(await noteRestarts());
  const running = await startProcess({
    command: 'bash',
    args: [join(import.meta.dirname, 'autoheal.sh')],
    env: { DOCKER_SOCKET: calls.socket, HEAL_LABEL: `${autohealLabel}=true` },
    ready: { output: /watching/ },
  });
  stack.defer(async () => void (await running.stop('SIGKILL')));
  const owned = stack.move();
  return { restartedAt: calls.restartedAt, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
