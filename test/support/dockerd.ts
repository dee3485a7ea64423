import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { temporaryFolder } from './processes.ts';
import { binary } from './services.ts';
import { type RunningProcess, startProcess } from './spawn.ts';

const BUSYBOX = 'busybox:stable';

/**
 * A Docker Engine of the test's own, without any network, that can be stopped and started at will: what happens to it
 * never touches the one that other tests share. Needs root.
 */
export async function startDockerd() {
  const folder = temporaryFolder();
  const socket = join(folder.path, 'docker.sock');
  let running: RunningProcess | undefined = await launch(folder.path, socket);

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await running?.stop(signal);
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
  const command = binary('dockerd');
  const args = [
    `--data-root=${join(folder, 'data')}`,
    `--exec-root=${join(folder, 'exec')}`,
    `--pidfile=${join(folder, 'docker.pid')}`,
    `--host=unix://${socket}`,
    '--bridge=none',
    '--iptables=false',
    '--ip6tables=false',
  ];
  // dockerd looks for containerd and its shim beside itself, by PATH.
  const env = { PATH: [dirname(command), process.env.PATH, '/usr/sbin', '/sbin'].join(':') };
  return startProcess({ command, args, env, ready: { output: /API listen on/ }, timeoutMs: 30_000 });
}
