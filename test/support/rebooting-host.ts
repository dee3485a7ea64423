import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { temporaryFolder } from './processes.ts';
import { binary } from './services.ts';
import { type RunningProcess, startProcess } from './spawn.ts';

export interface HostDisk {
  /** Where Docker keeps all that it has. */
  readonly path: string;
  /** By default what Docker chooses. */
  readonly driver?: string;
}

/**
 * A machine with Docker that can lose its power: a daemon in namespaces of its own, with a network and bridges, of which
 * every process ends at once. Its containers find `ports` of this machine under each of their gateways. Needs root.
 */
export async function startRebootingHost(ports: number | readonly number[], disk?: HostDisk) {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const data = { path: join(folder.path, 'data'), ...disk };
  const docker = join(folder.path, 'docker.sock');
  // A socket in a file leads out of the other network.
  const doors = [ports].flat().map((port) => ({ port, door: join(folder.path, `${port}.sock`) }));
  for (const { port, door } of doors) {
    const proxy = createServer((from) => {
      const to = connect(port, '127.0.0.1');
      from.pipe(to).pipe(from);
      for (const end of [from, to]) end.on('error', () => void [from.destroy(), to.destroy()]);
    });
    proxy.listen(door);
    stack.defer(() => void proxy.close());
  }

  let running: RunningProcess;
  async function boot(): Promise<void> {
    // What a reboot empties.
    rmSync(join(folder.path, 'exec'), { recursive: true, force: true });
    mkdirSync(join(folder.path, 'exec'));
    running = await startProcess({ ...daemon(folder.path, data, { docker, doors }), timeoutMs: 60_000 });
  }
  await boot();
  stack.defer(async () => void (await running.stop('SIGKILL')));

  const host = `unix://${docker}`;
  const owned = stack.move();
  return {
    host,
    /** Runs the docker command against this machine and gives what it prints. */
    docker: (...args: readonly string[]) =>
      execFileSync(binary('docker'), ['--host', host, ...args], { encoding: 'utf8', timeout: 60_000 }).trim(),
    /** Hands over images of the shared daemon. */
    async load(...images: readonly string[]): Promise<void> {
      const save = spawn(binary('docker'), ['save', ...images], { stdio: ['ignore', 'pipe', 'inherit'] });
      const load = spawn(binary('docker'), ['--host', host, 'load'], { stdio: [save.stdout, 'ignore', 'inherit'] });
      const code = await new Promise((resolve) => load.on('close', resolve));
      if (code !== 0) throw new Error(`docker load ended with ${code}`);
    },
    /** The power fails: nobody is told. */
    losePower: async () => void (await running.stop('SIGKILL')),
    boot,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** All of them are children of one process in a namespace of its own, and the kernel ends them with it. */
function daemon(
  folder: string,
  { path, driver }: HostDisk,
  {
    docker,
    doors,
  }: { readonly docker: string; readonly doors: readonly { readonly port: number; readonly door: string }[] },
) {
  const dockerd = binary('dockerd');
  const flags = [
    `--data-root=${path}`,
    `--exec-root=${join(folder, 'exec')}`,
    `--pidfile=${join(folder, 'exec', 'docker.pid')}`,
    `--host=unix://${docker}`,
    ...(driver === undefined ? [] : [`--storage-driver=${driver}`]),
  ];
  const script = [
    `${binary('ip')} link set lo up`,
    ...doors.map(({ port, door }) => `${binary('socat')} TCP-LISTEN:${port},fork,reuseaddr UNIX-CONNECT:${door} &`),
    `exec ${dockerd} ${flags.join(' ')}`,
  ].join('\n');
  return {
    command: binary('unshare'),
    args: ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script],
    // dockerd looks for containerd and its shim beside itself, by PATH.
    env: { PATH: [dirname(dockerd), process.env.PATH, '/usr/sbin', '/sbin'].join(':') },
    ready: { output: /API listen on/ },
  };
}
