import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { temporaryFolder } from './processes.ts';
import { binary } from './services.ts';
import { type RunningProcess, startProcess } from './spawn.ts';

const BUSYBOX = 'busybox:stable';

/**
 * A Docker Engine of the test's own that can be stopped and started at will. It lives in network and mount namespaces
 * of its own: without a bridge, dockerd deletes the `docker0` that it finds, and that one is the shared engine's.
 * Its containers need `--network=none`. Needs root.
 */
export async function startDockerd() {
  const folder = temporaryFolder();
  const socket = join(folder.path, 'docker.sock');
  let running: RunningProcess | undefined = await launch(folder.path, socket);

  async function stop(): Promise<void> {
    await running?.stop();
    running = undefined;
  }

  async function start(): Promise<void> {
    running ??= await launch(folder.path, socket);
  }

  /** Runs the docker command against this daemon and gives what it prints. */
  function docker(...args: readonly string[]): string {
    const all = ['--host', `unix://${socket}`, ...args];
    return execFileSync(binary('docker'), all, { encoding: 'utf8', timeout: 60_000 }).trim();
  }

  return {
    socket,
    docker,
    stop,
    start,
    async restart(): Promise<void> {
      await stop();
      await start();
    },
    /** Hands over the shared daemon's busybox. */
    importBusybox(): void {
      const image = execFileSync(binary('docker'), ['save', BUSYBOX], { maxBuffer: 100_000_000 });
      execFileSync(binary('docker'), ['--host', `unix://${socket}`, 'load'], { input: image, stdio: 'pipe' });
    },
    output: () => running?.output() ?? '',
    async [Symbol.asyncDispose](): Promise<void> {
      await stop();
      folder[Symbol.dispose]();
    },
  };
}

function launch(folder: string, socket: string): Promise<RunningProcess> {
  const dockerd = binary('dockerd');
  // unshare becomes dockerd: the process id stays the same.
  const args = [
    '--net',
    '--mount',
    dockerd,
    `--data-root=${join(folder, 'data')}`,
    `--exec-root=${join(folder, 'exec')}`,
    `--pidfile=${join(folder, 'docker.pid')}`,
    `--host=unix://${socket}`,
    '--bridge=none',
    '--iptables=false',
    '--ip6tables=false',
    '--shutdown-timeout=1',
  ];
  // dockerd looks for containerd and its shim beside itself, by PATH.
  const env = { PATH: [dirname(dockerd), process.env.PATH, '/usr/sbin', '/sbin'].join(':') };
  return startProcess({ command: binary('unshare'), args, env, ready: { output: /API listen on/ }, timeoutMs: 30_000 });
}
