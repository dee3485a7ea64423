import { statfs } from 'node:fs/promises';
import type { Clock } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/deadline.ts';

/** Sizes in bytes. */
export interface FilesystemStats {
  readonly size: number;
  readonly free: number;
  /** What is left for users other than root. */
  readonly available: number;
  readonly files: number;
  readonly filesFree: number;
}

type Ask = (path: string) => Promise<FilesystemStats>;

/** How long one mount may take. A local one takes microseconds. */
const answerMs = 1_000;
/** A hung statfs keeps one of libuv's 4 threads for as long as the mount hangs, and cannot be cancelled. */
const maxHung = 2;

/** One mount at a time; a mount that hangs costs its wait once, and with two of them hung no other is asked. */
export function createStatfs(
  clock: Clock,
  ask: Ask = askKernel,
): (path: string, signal: AbortSignal) => ReturnType<Ask> {
  const owed = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();

  async function askOne(path: string, signal: AbortSignal): Promise<FilesystemStats> {
    signal.throwIfAborted();
    if (owed.has(path)) throw new Error(`${path} has not answered an earlier statfs`);
    if (owed.size >= maxHung) throw new Error(`${path} was not asked: ${maxHung} other mounts hang`);
    owed.add(path);
    return withDeadline(clock, { ms: answerMs, what: path, signal }, () => ask(path).finally(() => owed.delete(path)));
  }

  return (path, signal) => {
    const turn = last.then(() => askOne(path, signal));
    last = turn.catch(() => undefined);
    return turn;
  };
}

async function askKernel(path: string): Promise<FilesystemStats> {
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(path);
  return { size: blocks * bsize, free: bfree * bsize, available: bavail * bsize, files, filesFree: ffree };
}
