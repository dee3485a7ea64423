import type { Stats } from 'node:fs';
import { lstat, opendir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { TimeoutError, withDeadline } from '../lib/deadline.ts';

export interface WalkBounds {
  /** Files and directories that are looked at, at most. */
  readonly entries: number;
  readonly ms: number;
}

export interface WalkResult {
  /** What the files take on disk, a file with several names once. */
  readonly bytes: number;
  readonly entries: number;
  /** False where a bound was hit, or a part could not be read: there is more than what was counted. */
  readonly complete: boolean;
}

/** `path` is below `root`, and no part of it may be a link: whoever can write there could point it anywhere. */
export interface WalkStart {
  readonly root: string;
  readonly path: string;
}

export interface DiskWalk {
  /** As `du -x`; undefined where there is no such directory. One walk at a time: others wait for their turn. */
  directory(start: WalkStart, bounds: WalkBounds, signal: AbortSignal): Promise<WalkResult | undefined>;
  /** The length of one file; undefined where it is not there. */
  file(path: string, signal: AbortSignal): Promise<number | undefined>;
}

type Ask = <T>(path: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

/** For some hundred answers of a local disk; a hung mount never gives one. */
const answerMs = 10_000;
const batchSize = 64;
/** The kernel counts a file's blocks in these, whatever the filesystem's own are: stat(2). */
const blockBytes = 512;
/** Files with several names are remembered, to count them once. */
const maxLinks = 100_000;

export function createDiskWalk(clock: Clock): DiskWalk {
  const ask = createAsk(clock);
  let turn: Promise<unknown> = Promise.resolve();
  return {
    directory(start, bounds, signal) {
      const own = turn.then(() =>
        walk(ask, start, { entries: bounds.entries, isLate: lateAfter(clock, bounds.ms) }, signal),
      );
      turn = own.catch(() => undefined);
      return own;
    },
    async file(path, signal) {
      const found = await ask(path, signal, () => stat(path).catch(() => undefined));
      return found?.isFile() ? found.size : undefined;
    },
  };
}

function lateAfter(clock: Clock, ms: number): () => boolean {
  const end = clock.monotonic() + ms;
  return () => clock.monotonic() > end;
}

/** A call that hangs keeps one of libuv's 4 threads: nothing more is asked until it has answered. */
function createAsk(clock: Clock): Ask {
  let hung: string | undefined;
  return async (path, signal, work) => {
    if (hung !== undefined) throw new Error(`${path} was not asked: ${hung} has not answered yet`);
    let isLate = false;
    const asked = work().finally(() => {
      if (isLate) hung = undefined;
    });
    try {
      return await withDeadline(clock, { ms: answerMs, what: path, signal }, () => asked);
    } catch (error) {
      isLate = error instanceof TimeoutError;
      if (isLate) hung = path;
      throw error;
    }
  };
}

/** How far a walk is. */
interface Progress {
  readonly ask: <T>(path: string, work: () => Promise<T>) => Promise<T>;
  readonly device: number;
  /** Still to be looked into. */
  readonly folders: string[];
  readonly links: Set<number>;
  bytes: number;
  entries: number;
  complete: boolean;
}

interface Limits {
  readonly entries: number;
  readonly isLate: () => boolean;
}

/** One call at a time, each of which leaves the loop free: what else reads files does not wait for a walk. */
async function walk(
  ask: Ask,
  { root, path }: WalkStart,
  limits: Limits,
  signal: AbortSignal,
): Promise<WalkResult | undefined> {
  const top = join(root, path);
  const start = await ask(top, signal, () => directoryAt(root, path));
  if (start === undefined) return undefined;
  const progress: Progress = {
    ask: (folder, work) => ask(folder, signal, work),
    device: start.dev,
    folders: [top],
    links: new Set(),
    bytes: start.blocks * blockBytes,
    entries: 1,
    complete: true,
  };
  for (let folder = progress.folders.pop(); folder !== undefined; folder = progress.folders.pop()) {
    if (limits.isLate() || progress.entries >= limits.entries) {
      progress.complete = false;
      break;
    }
    await lookInto(folder, limits, progress);
  }
  const { bytes, entries, complete } = progress;
  return { bytes, entries, complete };
}

async function lookInto(folder: string, { entries: most, isLate }: Limits, progress: Progress): Promise<void> {
  const listed = await progress.ask(folder, () => namesIn(folder, most - progress.entries));
  progress.complete &&= listed.complete;
  for (let from = 0; from < listed.names.length; from += batchSize) {
    if (isLate()) {
      progress.complete = false;
      return;
    }
    const names = listed.names.slice(from, from + batchSize);
    const found = await progress.ask(folder, () => statAll(folder, names));
    progress.entries += names.length;
    for (const [index, entry] of found.entries()) count(entry, join(folder, names[index] ?? ''), progress);
  }
}

/** Not where another filesystem is mounted, nor what has gone, nor what was counted under another name. */
function count(entry: Stats | undefined, path: string, progress: Progress): void {
  if (entry?.dev !== progress.device || wasSeen(entry, progress.links)) return;
  progress.bytes += entry.blocks * blockBytes;
  if (entry.isDirectory()) progress.folders.push(path);
}

/** Where no part of its way below the root is a link. */
async function directoryAt(root: string, path: string): Promise<Stats | undefined> {
  const [real, top] = await Promise.all([realpath(join(root, path)), realpath(root)]).catch(() => []);
  if (real === undefined || top === undefined || real !== join(top, path)) return undefined;
  const found = await lstat(real).catch(() => undefined);
  return found?.isDirectory() ? found : undefined;
}

interface Listed {
  readonly names: readonly string[];
  readonly complete: boolean;
}

/** At most so many names. A directory that has gone meanwhile has none; one that may not be read is not complete. */
async function namesIn(folder: string, most: number): Promise<Listed> {
  const names: string[] = [];
  try {
    await using opened = await opendir(folder, { bufferSize: batchSize });
    for (let entry = await opened.read(); entry !== null; entry = await opened.read()) {
      if (names.length >= most) return { names, complete: false };
      names.push(entry.name);
    }
    return { names, complete: true };
  } catch (error) {
    return { names, complete: error instanceof Error && 'code' in error && error.code === 'ENOENT' };
  }
}

async function statAll(folder: string, names: readonly string[]): Promise<readonly (Stats | undefined)[]> {
  const found: (Stats | undefined)[] = [];
  for (const name of names) found.push(await lstat(join(folder, name)).catch(() => undefined));
  return found;
}

function wasSeen(entry: Stats, links: Set<number>): boolean {
  if (entry.nlink < 2 || entry.isDirectory()) return false;
  if (links.has(entry.ino)) return true;
  if (links.size < maxLinks) links.add(entry.ino);
  return false;
}
