import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Namespace } from '../support/netns.ts';
import { temporaryFolder } from '../support/processes.ts';
import { binary } from '../support/services.ts';
import { type RunningProcess, startProcess } from '../support/spawn.ts';
import { waitUntil } from '../support/wait.ts';
import { inside } from './inside.ts';

const bootMs = 60_000;

/**
 * Docker in a namespace of the network: a daemon that is kept running as an init system would, and everything that it
 * started, so that all of it can lose its power at once. Needs root.
 */
export async function startDocker(at: Namespace) {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const socket = join(folder.path, 'docker.sock');
  const host = `unix://${socket}`;
  let running: RunningProcess | undefined;

  async function boot(): Promise<void> {
    // What a reboot empties.
    rmSync(join(folder.path, 'exec'), { recursive: true, force: true });
    rmSync(socket, { force: true });
    mkdirSync(join(folder.path, 'exec'));
    removeBridges(at);
    const { command, prefix } = inside(at);
    const { args, env } = daemon(folder.path, socket);
    running = await startProcess({
      ...{ command, args: [...prefix, ...args], env, ready: { output: /API listen on/ }, timeoutMs: bootMs },
    });
  }
  async function losePower(): Promise<void> {
    await running?.stop('SIGKILL');
    running = undefined;
  }
  await boot();
  stack.defer(losePower);

  const answers = () =>
    promisify(execFile)(binary('docker'), ['--host', host, 'version'], { timeout: 2000 }).then(
      () => true,
      () => false,
    );
  const untilItAnswers = () => waitUntil(answers, { timeoutMs: bootMs, what: () => `no daemon at ${host}` });
  const owned = stack.move();
  return {
    host,
    socket,
    /** Where the daemon keeps its volumes. */
    volumes: join(folder.path, 'data', 'volumes'),
    async load(image: string): Promise<void> {
      const save = spawn(binary('docker'), ['save', image], { stdio: ['ignore', 'pipe', 'inherit'] });
      const load = spawn(binary('docker'), ['--host', host, 'load'], { stdio: [save.stdout, 'ignore', 'inherit'] });
      const code = await new Promise((resolve) => load.on('close', resolve));
      if (code !== 0) throw new Error(`docker load ended with ${code}`);
    },
    boot,
    /** The power fails: nobody is told. */
    losePower,
    /** To the daemon alone: its containers are not its children. */
    signal(signal: NodeJS.Signals): void {
      process.kill(daemonPid(folder.path), signal);
    },
    untilItAnswers,
    /** A file system of its own, as only the daemon sees it, that lasts while containers come and go. */
    mountRoom(path: string, options: string): void {
      mkdirSync(path, { recursive: true });
      const enter = [`--mount=/proc/${daemonPid(folder.path)}/ns/mnt`];
      execFileSync(binary('nsenter'), [...enter, 'mount', '-t', 'tmpfs', '-o', options, 'tmpfs', path]);
    },
    /** On, and not hung, whatever was done to it. */
    async revive(): Promise<void> {
      if (!running) await boot();
      process.kill(daemonPid(folder.path), 'SIGCONT');
      await untilItAnswers();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function daemon(folder: string, socket: string) {
  const dockerd = binary('dockerd');
  const flags = [
    `--data-root=${join(folder, 'data')}`,
    `--exec-root=${join(folder, 'exec')}`,
    `--pidfile=${join(folder, 'exec', 'docker.pid')}`,
    `--host=unix://${socket}`,
  ];
  const script = `while :; do rm -f ${join(folder, 'exec', 'docker.pid')}; ${dockerd} ${flags.join(' ')}; sleep 0.3; done`;
  return {
    args: [binary('unshare'), '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script],
    // dockerd looks for containerd and its shim beside itself, by PATH.
    env: { PATH: [dirname(dockerd), process.env.PATH, '/usr/sbin', '/sbin'].join(':') },
  };
}

/** A namespace outlives the power of the machine that it stands for; its bridges would not. */
function removeBridges(at: Namespace): void {
  const links = JSON.parse(at.run(binary('ip'), '-j', 'link', 'show', 'type', 'bridge') || '[]') as {
    readonly ifname?: string;
  }[];
  for (const { ifname } of links) if (ifname !== undefined) at.ip(`link delete ${ifname}`);
}

/** By its command line: its own pid file counts in a namespace of its own. */
function daemonPid(folder: string): number {
  const isDaemon = (pid: string): boolean => {
    try {
      const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return program.endsWith('/dockerd') && args.includes(`--data-root=${join(folder, 'data')}`);
    } catch {
      return false;
    }
  };
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isDaemon(name));
  if (pid === undefined) throw new Error('the daemon does not run');
  return Number(pid);
}

/** Runs the docker command against the daemon and gives what it prints, without blocking this process. */
export async function dockerAt(host: string, args: readonly string[], timeout = 60_000): Promise<string> {
  const { stdout } = await promisify(execFile)(binary('docker'), ['--host', host, ...args], { timeout });
  return stdout.trim();
}

/** Ends whatever runs there, with its volumes: the next one begins on an empty machine. */
export async function emptyDocker(host: string): Promise<void> {
  const script = 'docker ps -aq | xargs -r docker rm -fv; docker network prune -f; docker volume prune -af';
  const env = { ...process.env, DOCKER_HOST: host };
  await promisify(execFile)('bash', ['-c', script], { env, timeout: 60_000 });
}
