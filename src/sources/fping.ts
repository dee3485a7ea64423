import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../lib/clock.ts';
import { withDeadline } from '../lib/deadline.ts';
import { reasonOf } from '../lib/log.ts';
import { type FpingTarget, parseFping } from './fping-output.ts';

/** Echo requests of one kind to many addresses. */
export interface FpingBatch {
  readonly family: 4 | 6;
  /** Numeric, each once. */
  readonly addresses: readonly string[];
  readonly count: number;
  readonly timeoutMs: number;
  readonly payloadSize: number | undefined;
  readonly ttl: number | undefined;
}

export interface Fping {
  /** Whether it is installed, may send, and hears its answers; asked of this machine's own address, once. */
  available(signal: AbortSignal): Promise<boolean>;
  /** Throws where it cannot be run or cannot send. */
  run(batch: FpingBatch, signal: AbortSignal): Promise<ReadonlyMap<string, FpingTarget>>;
}

/** Between two requests to one address, and between any two: 1,000 a second for each process. */
const periodMs = 200;
const spacingMs = 1;
const maxOutput = 4_000_000;

export function createFping(clock: Clock): Fping {
  async function run(batch: FpingBatch, signal: AbortSignal): Promise<ReadonlyMap<string, FpingTarget>> {
    const deadline = { ms: longestRun(batch) + 2_000, what: 'fping', signal };
    return parseFping(await withDeadline(clock, deadline, (cut) => runFping(batch, cut)));
  }

  async function tryOut(signal: AbortSignal): Promise<boolean> {
    const options = { count: 1, timeoutMs: 1_000, payloadSize: undefined, ttl: undefined };
    const found = await run({ family: 4, addresses: ['127.0.0.1'], ...options }, signal).catch(() => undefined);
    return found?.get('127.0.0.1')?.packets[0] !== undefined;
  }

  let tried: Promise<boolean> | undefined;
  return {
    available: (signal) => {
      tried ??= tryOut(signal);
      return tried;
    },
    run,
  };
}

/** How long fping works on a batch of which nothing answers, in ms. */
export function longestRun({ addresses, count, timeoutMs }: Omit<FpingBatch, 'family'>): number {
  return count * Math.max(periodMs, addresses.length * spacingMs) + timeoutMs;
}

/**
 * The addresses go in by standard input: no limit of argv, and none can become an option. The source address "any"
 * makes fping 5.1 (Debian 12) learn the identifier that the kernel gives its unprivileged socket; without it it takes
 * all answers for strangers'.
 */
function argumentsOf({ family, count, timeoutMs, payloadSize, ttl }: FpingBatch): readonly string[] {
  return [
    ...(family === 6 ? ['-6', '-S', '::'] : ['-4', '-S', '0.0.0.0']),
    ...['-C', String(count), '-p', String(periodMs), '-i', String(spacingMs), '-t', String(timeoutMs)],
    ...(payloadSize === undefined ? [] : ['-b', String(payloadSize)]),
    ...(ttl === undefined ? [] : ['-H', String(ttl)]),
  ];
}

/** Its standard error, where fping prints the summary; a line for each packet goes nowhere. */
async function runFping(batch: FpingBatch, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn('fping', argumentsOf(batch), {
    stdio: ['pipe', 'ignore', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  const output = collect(child.stderr);
  child.once('error', (error) =>
    reject(new Error('the command fping cannot be run', { cause: new Error(reasonOf(error)) })),
  );
  // 0, 1 and 2 are about the targets; above, and by a signal, fping did not do its work.
  child.once('close', (code) =>
    code !== null && code <= 2 ? resolve(output()) : reject(new Error(`fping failed: ${firstLine(output())}`)),
  );
  feed(child.stdin, batch.addresses);
  return promise;
}

function feed(stdin: Writable, addresses: readonly string[]): void {
  // A process that ends early closes its input; its exit code says why.
  stdin.on('error', () => undefined);
  stdin.end(`${addresses.join('\n')}\n`);
}

function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < maxOutput) text += chunk;
  });
  return () => text;
}

function firstLine(output: string): string {
  return output.trim().split('\n')[0]?.slice(0, 200) || 'it said nothing';
}
