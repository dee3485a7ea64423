import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';

/** The file that is written to; those before it carry the number of their first record in their name. */
export const currentName = 'audit.jsonl';

export function closedName(first: number): string {
  return `audit-${first}.jsonl`;
}

/** The number in a closed file's name; undefined where it is another file. */
export function firstByName(path: string): number | undefined {
  const [, digits] = /^audit-(\d+)\.jsonl$/.exec(basename(path)) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** The closed files of the folder, the oldest first. */
export function closedFiles(folder: string): readonly { readonly path: string; readonly first: number }[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const first = firstByName(name);
      return first === undefined ? [] : [{ path: join(folder, name), first }];
    })
    .sort((a, b) => a.first - b.first);
}

/** A file that is open, by its descriptor; disposed of, it is closed. */
export interface OpenFile extends Disposable {
  readonly path: string;
  readonly fd: number;
}

export function openFile(path: string, flags: number = constants.O_RDONLY): OpenFile {
  const fd = openSync(path, flags, 0o600);
  return { path, fd, [Symbol.dispose]: () => closeSync(fd) };
}

/** The file; undefined where there is none. */
export function openIfThere(path: string, flags?: number): OpenFile | undefined {
  try {
    return openFile(path, flags);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

interface OpenedLog extends Disposable {
  /** The oldest first. */
  readonly files: readonly OpenFile[];
}

/** So often nobody rotates within the moment that it takes to open the files. */
const maxTries = 10;

/**
 * All files of the log as they are at one moment: what is rotated or removed later stays readable. Opened anew where
 * that happened in between, or files would be missing at the beginning.
 */
export function openLog(folder: string): OpenedLog {
  for (let tries = 1; ; tries++) {
    const [log, ino] = openOnce(folder);
    if (ino === inodeOf(join(folder, currentName)) || tries === maxTries) return log;
    log[Symbol.dispose]();
  }
}

/** The current file is opened first, so that it is not missed between its two names. */
function openOnce(folder: string): readonly [OpenedLog, number | undefined] {
  using stack = new DisposableStack();
  const keep = (file: OpenFile | undefined): OpenFile[] => (file ? [stack.use(file)] : []);
  const [current] = keep(openIfThere(join(folder, currentName)));
  const ino = current && fstatSync(current.fd).ino;
  const closed = closedFiles(folder).flatMap(({ path }) => keep(openIfThere(path)));
  const files = [...closed.filter(({ fd }) => fstatSync(fd).ino !== ino), ...(current ? [current] : [])];
  const owned = stack.move();
  return [{ files, [Symbol.dispose]: () => owned.dispose() }, ino];
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** All of it, or an error. */
export function writeAll(fd: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}

/** What a folder lists is on the disk only when the folder itself is. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** What was set aside stays for who looks into it, but not without end. */
const maxDamaged = 10;

/** A name for what is set aside now, which nothing has yet. Older pieces go when there are many. */
export function damagedPath(folder: string, time: string): string {
  const base = `audit.damaged-${time.replace(/[^0-9TZ]/g, '')}`;
  const names = readdirSync(folder).filter((name) => name.startsWith('audit.damaged-'));
  for (const name of names.sort().slice(0, Math.max(0, names.length - maxDamaged + 1))) rmSync(join(folder, name));
  const taken = new Set(names);
  let name = base;
  for (let count = 2; taken.has(name); count++) name = `${base}-${count}`;
  return join(folder, name);
}
