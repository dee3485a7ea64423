import type { ClientChannel } from 'ssh2';
import { reasonOf } from '../../lib/log.ts';
import type { SshCheck } from './check.ts';
import { ProbeError } from './probe-error.ts';
import type { Session } from './session.ts';

/** How much of the output a pattern is looked for in; the rest is thrown away. */
const maxOutput = 65_536;

type Expected = Pick<SshCheck, 'exitCode' | 'expectOutput'>;

/**
 * Runs a command on the session. Throws a ProbeError where it does not end as expected; what it printed is never part
 * of the message. At the signal's end it is killed, where the server does that (OpenSSH: for other users than root).
 */
export async function runCommand(
  { client, ended }: Session,
  command: string,
  expected: Expected,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const settled = new AbortController();
  const once = { once: true, signal: settled.signal };
  const fail = (message: string): void => reject(new ProbeError('command', message));
  ended.addEventListener('abort', () => fail(`${reasonOf(ended.reason)} before the command ended`), once);
  client.exec(command, (error, channel) => {
    if (error) return fail(reasonOf(error));
    const output = collectOutput(channel);
    const cut = (): void => {
      channel.signal('KILL');
      reject(signal.reason);
    };
    if (signal.aborted) cut();
    signal.addEventListener('abort', cut, once);
    channel.on('close', (code: number | null | undefined) => {
      const fault = faultOf(code, output(), expected);
      if (fault === undefined) resolve();
      else fail(fault);
    });
  });
  signal.addEventListener('abort', () => reject(signal.reason), once);
  await promise.finally(() => settled.abort());
}

function collectOutput(channel: ClientChannel): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  channel.stderr.resume();
  channel.on('data', (chunk: Buffer) => {
    if (size < maxOutput) chunks.push(chunk.subarray(0, maxOutput - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function faultOf(
  code: number | null | undefined,
  output: string,
  { exitCode, expectOutput }: Expected,
): string | undefined {
  if (code !== exitCode) {
    return `the command ended with ${code == null ? 'a signal' : `exit code ${code}`}, expected ${exitCode}`;
  }
  return expectOutput && !expectOutput.find(output) ? 'the command did not print what is expected' : undefined;
}
