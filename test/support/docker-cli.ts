import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify, stripVTControlCharacters } from 'node:util';
import { binary } from './services.ts';

const TIMEOUT_MS = 60_000;

export interface CommandResult {
  readonly code: number;
  /** Standard output and error. */
  readonly output: string;
}

/** Runs a docker command without blocking this process, in which an emulator may have to answer the container. */
export async function tryDocker(...args: readonly string[]): Promise<CommandResult> {
  try {
    const { stdout, stderr } = await promisify(execFile)(binary('docker'), args, { timeout: TIMEOUT_MS });
    return { code: 0, output: stripVTControlCharacters(stdout + stderr) };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : 1, output: `${stdout}${stderr}` || String(error) };
  }
}

/** As tryDocker; fails where the command does. */
export async function docker(...args: readonly string[]): Promise<string> {
  const { code, output } = await tryDocker(...args);
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}: ${output}`);
  return output.trim();
}

export interface TestContainer extends AsyncDisposable {
  readonly name: string;
  logs(): Promise<string>;
  /** The exit code, once it has ended. */
  wait(): Promise<number>;
  exec(...command: readonly string[]): Promise<CommandResult>;
}

/** Starts a container with a name of its own; `args` are what follows `docker run --detach --name …`. */
export async function runContainer(...args: readonly string[]): Promise<TestContainer> {
  const name = `runnerwatch-test-${randomBytes(4).toString('hex')}`;
  await docker('run', '--detach', '--name', name, ...args);
  return {
    name,
    logs: async () => (await tryDocker('logs', name)).output,
    wait: async () => Number(await docker('wait', name)),
    exec: (...command) => tryDocker('exec', name, ...command),
    [Symbol.asyncDispose]: async () => void (await tryDocker('rm', '--force', '--volumes', name)),
  };
}

/** The address under which containers of a network reach this machine. */
export function hostAddress(network = 'bridge'): Promise<string> {
  return docker('network', 'inspect', network, '--format', '{{(index .IPAM.Config 0).Gateway}}');
}
