import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

/** A step that hangs must not hang the gate. */
const limitMs = 240_000;

/** Runs a command of node_modules/.bin in `root`; `output` is standard output and error as one text. */
export function run(
  root: string,
  command: string,
  args: readonly string[],
  input = '',
): Promise<Outcome & { stdout: string }> {
  const PATH = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, PATH },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: limitMs,
  });
  const { promise, resolve } = Promise.withResolvers<Outcome & { stdout: string }>();
  let stdout = '';
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  // A command that reads nothing may be gone before the input is written; its exit code says how it went.
  child.stdin.on('error', () => {}).end(input);
  child.on('error', (error) => resolve({ ok: false, output: `${command}: ${error.message}`, stdout }));
  child.on('close', (code, signal) => {
    const killed = signal === null ? '' : `\n${command} was ended by ${signal}`;
    resolve({ ok: code === 0, output: output + killed, stdout });
  });
  return promise;
}
