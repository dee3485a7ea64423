import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

const MAX_OUTPUT = 1_000_000;
const READY_STEP_MS = 50;
const STOP_MS = 15_000;

/** How one sees that a process does its work: it answers a URL below 400, takes a connection, or prints something. */
export type Ready = { readonly url: string } | { readonly port: number } | { readonly output: RegExp };

export interface ProcessOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly ready: Ready;
  readonly timeoutMs?: number;
}

export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** Standard output and error so far, the last million characters. */
  output(): string;
  /** The exit code (null where a signal ended it), once it has ended. */
  readonly exited: Promise<number | null>;
  /** Sends the signal and waits for the end; kills what has not ended after 15 s. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a real process and waits until it is ready; fails with its output where it ends before or takes too long. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { command, args = [], env = {}, cwd, ready, timeoutMs = 20_000 } = options;
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd && { cwd }),
  });
  const output = collectOutput(child);
  const exited = once(child, 'close').then(([code]) => code as number | null);
  exited.catch(() => undefined);
  const { pid } = child;
  if (pid === undefined) throw await once(child, 'error').then(([error]) => error);
  const stop = stopper(child, exited);
  const running = { pid, output, exited, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
  const gone = () => child.exitCode !== null || child.signalCode !== null;
  try {
    await untilReady(ready, { name: command, timeoutMs, output, gone });
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }
  return running;
}

function collectOutput({ stdout, stderr }: { readonly stdout: Readable; readonly stderr: Readable }): () => string {
  let output = '';
  for (const stream of [stdout, stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-MAX_OUTPUT);
    });
  }
  return () => output;
}

function stopper(child: ChildProcess, exited: Promise<number | null>): RunningProcess['stop'] {
  return async (signal = 'SIGTERM') => {
    child.kill(signal);
    const timer = new AbortController();
    const late = delay(STOP_MS, undefined, { signal: timer.signal }).then(
      () => child.kill('SIGKILL'),
      () => false,
    );
    const code = await exited;
    timer.abort();
    await late;
    return code;
  };
}

interface Watched {
  readonly name: string;
  readonly timeoutMs: number;
  output(): string;
  gone(): boolean;
}

async function untilReady(ready: Ready, { name, timeoutMs, output, gone }: Watched): Promise<void> {
  for (const end = performance.now() + timeoutMs; !(await isReady(ready, output)); await delay(READY_STEP_MS)) {
    if (gone()) throw new Error(`${name} ended before it was ready:\n${output()}`);
    if (performance.now() > end) throw new Error(`${name} was not ready within ${timeoutMs} ms:\n${output()}`);
  }
}

async function isReady(ready: Ready, output: () => string): Promise<boolean> {
  if ('output' in ready) return ready.output.test(output());
  if ('port' in ready) return takesConnection(ready.port);
  try {
    const response = await fetch(ready.url, { signal: AbortSignal.timeout(1000) });
    await response.body?.cancel();
    return response.status < 400;
  } catch {
    return false;
  }
}

function takesConnection(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
