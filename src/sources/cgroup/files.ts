import { access } from 'node:fs/promises';
import type { Clock } from '../../lib/clock.ts';
import { TimeoutError, withDeadline } from '../../lib/deadline.ts';
import { readBoundedFile } from '../bounded-file.ts';

/** Small files of the kernel. Each call settles within its own time. */
export interface KernelFiles {
  /** undefined where the file is not there, or cannot be read: its group has gone, or the kernel does not account for it. */
  read(path: string, signal: AbortSignal): Promise<string | undefined>;
  exists(path: string, signal: AbortSignal): Promise<boolean>;
}

const answerMs = 2_000;
/** A `memory.stat` has 2 KiB; a machine with hundreds of disks an `io.stat` of 50. */
const maxBytes = 1_048_576;
/** A read that hangs keeps one of libuv's 4 threads, and cannot be cancelled: the others are for the rest. */
const maxHung = 2;

export function createKernelFiles(clock: Clock): KernelFiles {
  let hung = 0;
  async function bounded<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (hung >= maxHung) throw new Error(`${path} was not read: ${maxHung} files before it do not answer`);
    let isLate = false;
    const asked = work().finally(() => {
      if (isLate) hung -= 1;
    });
    try {
      return await withDeadline(clock, { ms: answerMs, what: path, signal }, () => asked);
    } catch (error) {
      if (error instanceof TimeoutError) {
        isLate = true;
        hung += 1;
      }
      throw error;
    }
  }
  return {
    read: (path, signal) => bounded(path, signal, () => readBoundedFile(path, maxBytes).catch(unlessGone)),
    exists: (path, signal) =>
      bounded(path, signal, () =>
        access(path).then(
          () => true,
          () => false,
        ),
      ),
  };
}

/** What a kernel says of a group or process that ended (ENODEV, ESRCH, …) and of files that it cannot give. */
const absent: ReadonlySet<string> = new Set(
  'ENOENT ENODEV ESRCH ENOTDIR EISDIR EOPNOTSUPP EACCES EPERM EIO EINVAL'.split(' '),
);

function unlessGone(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && absent.has(String(error.code))) return undefined;
  throw error;
}
