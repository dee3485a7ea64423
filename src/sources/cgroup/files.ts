import { close, closeSync, open, openSync, read, readSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../lib/clock.ts';
import { TimeoutError, withDeadline } from '../../lib/deadline.ts';

/** One visit to the kernel's files, one file after the other, each in the buffer of the visit. */
export interface KernelFiles {
  /** undefined where it is not there, or cannot be read: its group has gone, or the kernel does not account for it. */
  read(path: string): Promise<string | undefined>;
  /**
   * As `read`, at a tenth of its price, and at once: only for files of which `isKernelOwn` says that the kernel makes
   * them up in memory. What a user's program or a disk serves could hang, and with it the whole process.
   */
  readNow(path: string): string | undefined;
  isKernelOwn(folder: string): Promise<boolean>;
}

/** Settles within its own time, with what `work` read or an Error. */
export type VisitFiles = <T>(what: string, signal: AbortSignal, work: (files: KernelFiles) => Promise<T>) => Promise<T>;

const answerMs = 2_000;
/** A `memory.stat` has 2 KiB; a machine with hundreds of disks an `io.stat` of 50. */
const maxBytes = 262_144;
/** A read that hangs keeps one of libuv's 4 threads, and cannot be cancelled: the others are for the rest. */
const visitsAtOnce = 2;

export function createVisits(clock: Clock): VisitFiles {
  const buffers: Buffer[] = Array.from({ length: visitsAtOnce }, () => Buffer.allocUnsafeSlow(maxBytes));
  const waiting: (() => void)[] = [];
  let hung = 0;

  async function takeBuffer(): Promise<Buffer> {
    for (;;) {
      const buffer = buffers.pop();
      if (buffer) return buffer;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }

  return async (what, signal, work) => {
    if (hung >= visitsAtOnce) throw new Error(`${what} was not read: what was read before it does not answer`);
    let isVisiting = false;
    let isLate = false;
    async function visit(cut: AbortSignal) {
      const buffer = await takeBuffer();
      isVisiting = true;
      try {
        cut.throwIfAborted();
        // Between two visits all else has its turn.
        await nextTurn();
        return await work({
          read: (path) => readWhole(path, buffer),
          readNow: (path) => readAtOnce(path, buffer),
          isKernelOwn,
        });
      } finally {
        isVisiting = false;
        if (isLate) hung -= 1;
        buffers.push(buffer);
        waiting.shift()?.();
      }
    }
    try {
      return await withDeadline(clock, { ms: answerMs, what, signal }, visit);
    } catch (error) {
      isLate = error instanceof TimeoutError && isVisiting;
      if (isLate) hung += 1;
      throw error;
    }
  };
}

/** proc, cgroup v1 and cgroup v2, from the kernel's include/uapi/linux/magic.h. */
const ownTypes: ReadonlySet<number> = new Set([0x9fa0, 0x27e0eb, 0x63677270]);

function isKernelOwn(folder: string): Promise<boolean> {
  return statfs(folder).then(
    ({ type }) => ownTypes.has(type),
    () => false,
  );
}

function readAtOnce(path: string, buffer: Buffer): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    let from = 0;
    for (let size = -1; size !== 0; from += size) {
      if (from === buffer.length) throw tooLong();
      size = readSync(file, buffer, from, buffer.length - from, null);
    }
    return buffer.toString('utf8', 0, from);
  } catch (error) {
    if (error instanceof Error && 'code' in error && absent.has(String(error.code))) return undefined;
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function tooLong(): Error {
  return new Error(`a kernel file has ${maxBytes} bytes or more`);
}

/** By callbacks, at a third of a FileHandle's price: a collection reads a dozen such files for each container. */
function readWhole(path: string, buffer: Buffer): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const end = (error: NodeJS.ErrnoException | null, text?: string): void => {
    if (!error) resolve(text);
    else if (absent.has(error.code ?? '')) resolve(undefined);
    else reject(error);
  };
  open(path, 'r', (failed, file) => {
    if (failed) return end(failed);
    fill(file, buffer, 0, (error, size) => close(file, () => end(error, buffer.toString('utf8', 0, size))));
  });
  return promise;
}

/** The kernel gives a file in parts as it likes; only nothing is its end. */
function fill(file: number, buffer: Buffer, from: number, done: (error: Error | null, size: number) => void): void {
  read(file, buffer, from, buffer.length - from, null, (error, size) => {
    if (error || size === 0) return done(error, from);
    if (from + size === buffer.length) return done(tooLong(), 0);
    fill(file, buffer, from + size, done);
  });
}

/** What a kernel says of a group or process that ended (ENODEV, ESRCH, …) and of files that it cannot give. */
const absent: ReadonlySet<string> = new Set(
  'ENOENT ENODEV ESRCH ENOTDIR EISDIR EOPNOTSUPP EACCES EPERM EIO EINVAL'.split(' '),
);
