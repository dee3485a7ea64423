import type { ClientChannel } from 'ssh2';
import { reasonOf } from '../../lib/log.ts';
import type { SshCheck } from './check.ts';
import { ProbeError } from './probe-error.ts';
import type { Session } from './session.ts';

/** How much of the output a pattern is looked for in; the rest is thrown away. */
const maxOutput = 65_536;

type Expected = Pick<SshCheck, 'exitCode' | 'expectOutput'>;

/**
 * Runs a command on the session. Rejects with a ProbeError where it does not end as expected, or the connection ends
 * before it; what it printed is never part of the message. At the signal's end it is killed, where the server does
 * that (OpenSSH: for other users than root), and still waited for.
 */
export async function runCommand(
  session: Session,
  command: string,
  expected: Expected,
  signal: AbortSignal,
): Promise<void> {
  const { ended } = session;
  const settled = new AbortController();
  const lost = new Promise<never>((_, reject) => {
    const lose = (): void => reject(new ProbeError('command', `${reasonOf(ended.reason)} before the command ended`));
    ended.addEventListener('abort', lose, { once: true, signal: settled.signal });
    if (ended.aborted) lose();
  });
  try {
    await Promise.race([lost, execute(session, command, expected, signal)]);
  } finally {
    settled.abort();
  }
}

async function execute({ client }: Session, command: string, expected: Expected, signal: AbortSignal): Promise<void> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    // Throws where the connection can no longer be written to.
    client.exec(command, (error, opened) => (error ? reject(error) : resolve(opened)));
  }).catch((error: unknown) => {
    throw new ProbeError('command', reasonOf(error));
  });
  const kill = (): unknown => channel.signal('KILL');
  if (signal.aborted) kill();
  signal.addEventListener('abort', kill, { once: true });
  const output = collectOutput(channel);
  const code = await new Promise<number | null | undefined>((resolve) => channel.on('close', resolve));
  signal.removeEventListener('abort', kill);
  const fault = faultOf(code, output(), expected);
  if (fault !== undefined) throw new ProbeError('command', fault);
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
