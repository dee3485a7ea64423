import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export const root = join(import.meta.dirname, '../..');
export const fixtures = join(root, 'test/fixtures/config');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** What the machine has compiled once serves all. */
const { NODE_COMPILE_CACHE } = process.env;
const compileCache = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };

/** Runs the real command in a process of its own, with no variable but PATH and those given. */
export async function runCli(args: readonly string[], { env = {}, cwd = root }: RunOptions = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(root, 'src/cli.ts'), ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...compileCache, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // The test's own limit is the one that tells; this one only ends the process.
    timeout: 90_000,
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}
