import { closeSync, existsSync, openSync, readdirSync, readlinkSync, readSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { readBoundedFile } from '../../lib/bounded-file.ts';
import type { Clock } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/deadline.ts';

/**
 * One of the host's trees. `read` goes through the thread pool and has a deadline, for files that may ask hardware
 * or a disk. The others do not wait: they answer from the kernel's memory in some 10 µs a file, of which the pool's
 * round trips would make 100, and the class `net` alone has 20 files a device.
 */
export interface Tree {
  /** A file's text. Rejects as `fs` does, or after 2 s, or beyond 4 MiB. */
  read(path: string, signal: AbortSignal): Promise<string>;
  /** The names in a folder, sorted; throws as `fs` does. */
  list(path: string): readonly string[];
  /** Those of a folder's small files that can be read, without the newline at their end. */
  attributes(folder: string, names: readonly string[]): ReadonlyMap<string, string>;
  /** Where a link leads, as it says; undefined where it is no link. */
  link(path: string): string | undefined;
  /** The words of the real path of a folder, links followed; none where there is no such folder. */
  realPath(path: string): readonly string[];
}

/** Reads with a deadline and a bound. `what` names the file in errors. */
export type Reader = (file: string, what: string, signal: AbortSignal) => Promise<string>;

const readMs = 2_000;
const maxBytes = 4_194_304;
const maxNames = 4_096;

export function createTree(read: Reader, root: string): Tree {
  return {
    read: (path, signal) => read(join(root, path), path, signal),
    list: (path) => readdirSync(join(root, path)).slice(0, maxNames).sort(),
    attributes: (folder, names) => {
      const base = join(root, folder);
      // An error costs more than the question: most hosts lack most of the folders that parts ask for.
      if (!existsSync(base)) return new Map();
      return new Map(names.flatMap((name) => attributeOf(base, name)));
    },
    link: (path) => orUndefined(() => readlinkSync(join(root, path))),
    realPath: (path) => orUndefined(() => realpathSync(join(root, path)).split('/')) ?? [],
  };
}

/** As many as libuv has threads: more only wait, each with an open file that `node_filefd_allocated` counts. */
const maxReads = 4;

/** A read that has just begun is joined; one that hangs is not waited for again, because each holds a thread. */
export function createReader(clock: Clock): Reader {
  const underWay = new Map<string, Promise<string>>();
  const late = new Set<string>();
  const takeTurn = createTurns(maxReads);

  async function read(file: string): Promise<string> {
    try {
      return await readBoundedFile(file, maxBytes);
    } finally {
      underWay.delete(file);
      late.delete(file);
    }
  }

  async function readInTime(file: string, what: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (late.has(file)) throw new Error(`${what} has not answered an earlier read`);
    const reading = underWay.get(file) ?? read(file);
    underWay.set(file, reading);
    // Whoever gives up before the answer does not listen any more.
    reading.catch(() => undefined);
    try {
      return await withDeadline(clock, { ms: readMs, what, signal }, () => reading);
    } catch (error) {
      if (underWay.has(file)) late.add(file);
      throw error;
    }
  }

  return (file, what, signal) => takeTurn(() => readInTime(file, what, signal));
}

/** At most `most` at a time, first come first served. What gives up hands its turn on, even where its file hangs. */
function createTurns(most: number) {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (taken >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else taken += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else taken -= 1;
    }
  };
}

/** sysfs gives a page at most; what is longer is no attribute. */
const page = Buffer.allocUnsafe(4_096);

function attributeOf(folder: string, name: string): readonly (readonly [string, string])[] {
  const file = orUndefined(() => openSync(`${folder}/${name}`, 'r'));
  if (file === undefined) return [];
  try {
    // An interface without a carrier refuses to tell its speed: that attribute has no value.
    const size = orUndefined(() => readSync(file, page, 0, page.length, 0));
    return size === undefined ? [] : [[name, page.toString('utf8', 0, size).trimEnd()]];
  } finally {
    closeSync(file);
  }
}

function orUndefined<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
