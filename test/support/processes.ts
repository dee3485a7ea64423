import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { binary, freePort } from './services.ts';
import { type ProcessOptions, type RunningProcess, startProcess } from './spawn.ts';

export { type RunningProcess, startProcess } from './spawn.ts';

/** A folder under the system's temporary one, with files (relative name → text), gone with its owner. */
export function temporaryFolder(files: Readonly<Record<string, string>> = {}): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'runnerwatch-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

type Folder = ReturnType<typeof temporaryFolder>;

/** Starts a process that lives in the folder; both end together. */
async function startIn<T extends object>(
  folder: Folder,
  options: ProcessOptions,
  facts: T,
): Promise<RunningProcess & T> {
  try {
    const running = await startProcess({ cwd: folder.path, ...options });
    const dispose = async (): Promise<void> => {
      await running.stop();
      folder[Symbol.dispose]();
    };
    return { ...running, ...facts, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
}

export interface ServerOptions {
  readonly configText: string;
  /** Files beside the configuration (relative name → text), e.g. rules. */
  readonly files?: Readonly<Record<string, string>>;
  /** A free one where absent. */
  readonly port?: number;
  /** More flags. */
  readonly args?: readonly string[];
}

/** A real Prometheus on 127.0.0.1; its configuration is `<folder>/prometheus.yml`. */
export async function startPrometheus({ configText, files, port, args = [] }: ServerOptions) {
  const folder = temporaryFolder({ ...files, 'prometheus.yml': configText });
  const chosen = port ?? (await freePort());
  const url = `http://127.0.0.1:${chosen}`;
  const flags = [
    `--config.file=${join(folder.path, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder.path, 'data')}`,
    `--web.listen-address=127.0.0.1:${chosen}`,
    '--web.enable-lifecycle',
  ];
  const options = { command: binary('prometheus'), args: [...flags, ...args], ready: { url: `${url}/-/ready` } };
  return startIn(folder, options, { url, port: chosen, folder: folder.path });
}

/** A real Alertmanager on 127.0.0.1, alone unless `args` say where its cluster's node listens; its configuration is `<folder>/alertmanager.yml`. */
export async function startAlertmanager({ configText, files, port, args = [] }: ServerOptions) {
  const folder = temporaryFolder({ ...files, 'alertmanager.yml': configText });
  const chosen = port ?? (await freePort());
  const url = `http://127.0.0.1:${chosen}`;
  const flags = [
    `--config.file=${join(folder.path, 'alertmanager.yml')}`,
    `--storage.path=${join(folder.path, 'data')}`,
    `--web.listen-address=127.0.0.1:${chosen}`,
    ...(args.some((arg) => arg.startsWith('--cluster.listen-address=')) ? [] : ['--cluster.listen-address=']),
  ];
  const options = { command: binary('alertmanager'), args: [...flags, ...args], ready: { url: `${url}/-/ready` } };
  return startIn(folder, options, { url, port: chosen, folder: folder.path });
}

export interface SshdOptions {
  /** Lines of an authorized_keys file for the user who runs the test; nobody can log in where absent. */
  readonly authorizedKeys?: string;
  readonly port?: number;
  /** More lines of sshd_config. */
  readonly config?: string;
}

/** A real sshd on 127.0.0.1 with host keys of its own. */
export async function startSshd({ authorizedKeys = '', port, config = '' }: SshdOptions = {}) {
  const folder = temporaryFolder({ authorized_keys: authorizedKeys });
  const chosen = port ?? (await freePort());
  const key = join(folder.path, 'host_ed25519');
  execFileSync(binary('ssh-keygen'), ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', key]);
  const configFile = join(folder.path, 'sshd_config');
  writeFileSync(configFile, sshdConfig({ port: chosen, key, keys: join(folder.path, 'authorized_keys'), config }));
  // As root, sshd asks for this folder of its privilege separation; Debian makes it at boot.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const hostKey = readFileSync(`${key}.pub`, 'utf8').trim();
  const fingerprint =
    execFileSync(binary('ssh-keygen'), ['-l', '-f', `${key}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';
  const options = {
    command: binary('sshd'),
    args: ['-D', '-e', '-f', configFile],
    ready: { output: /Server listening/ },
  };
  const facts = { address: '127.0.0.1', port: chosen, user: userInfo().username, hostKey, fingerprint };
  return startIn(folder, options, facts);
}

function sshdConfig(parts: {
  readonly port: number;
  readonly key: string;
  readonly keys: string;
  readonly config: string;
}): string {
  return [
    // The first line for a keyword wins, so that a test's own lines come first.
    parts.config,
    `Port ${parts.port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${parts.key}`,
    `AuthorizedKeysFile ${parts.keys}`,
    'PidFile none',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    'LogLevel VERBOSE',
    '',
  ].join('\n');
}
