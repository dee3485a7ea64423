import { constants, existsSync, fstatSync, fsyncSync, ftruncateSync, readSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import {
  closedFiles,
  closedName,
  currentName,
  damagedPath,
  type OpenFile,
  openFile,
  openIfThere,
  syncFolder,
  writeAll,
} from './audit-files.ts';
import type { Head } from './audit-record.ts';
import { judge, type Outlook, readTail } from './audit-tail.ts';

const forMending = constants.O_RDWR | constants.O_NOFOLLOW;

interface Left {
  readonly folder: string;
  /** The record that was the last; undefined where nobody knows. */
  readonly expected: Head | undefined;
  readonly hasJustBegun: boolean;
  /** RFC 3339; names what is set aside. */
  readonly time: string;
}

/**
 * Looks at the end of the log, and mends the files so that the next record can follow: bytes that are none of the
 * chain are set aside, a file whose end is not the expected one is closed. Nothing is deleted.
 */
export function resume({ folder, expected, hasJustBegun, time }: Left): Outlook {
  using file = newestFile(folder);
  const tail = file && readTail(file, expected);
  const outlook = judge(expected, tail, hasJustBegun);
  if (!file) return outlook;
  if (outlook.kind === 'repaired' && outlook.cutAt !== undefined) setAside(file, outlook.cutAt, { folder, time });
  if (outlook.kind === 'broken' && file.path === join(folder, currentName)) retire(folder, tail?.first, time);
  return outlook;
}

/** An empty file says nothing: a stop between its making and its first record leaves one. */
function newestFile(folder: string): OpenFile | undefined {
  using stack = new DisposableStack();
  const current = openIfThere(join(folder, currentName), forMending);
  if (current) stack.use(current);
  const newest = closedFiles(folder).at(-1);
  const file = current && fstatSync(current.fd).size > 0 ? current : newest && openFile(newest.path, forMending);
  if (file === current) stack.move();
  return file;
}

/** Gives the current file the name of a closed one, after its first record; one without is set aside. */
export function retire(folder: string, first: number | undefined, time: string): void {
  const closed = first === undefined ? damagedPath(folder, time) : join(folder, closedName(first));
  if (existsSync(closed)) renameSync(closed, damagedPath(folder, time));
  renameSync(join(folder, currentName), closed);
  syncFolder(folder);
}

/** More than a torn record: somebody else wrote it, and its beginning says who. */
const maxSetAside = 10 * 1024 * 1024;

/** Moves what follows `from` into a file of its own. */
function setAside({ fd }: OpenFile, from: number, { folder, time }: Pick<Left, 'folder' | 'time'>): void {
  const { size } = fstatSync(fd);
  const bytes = Buffer.alloc(Math.min(size - from, maxSetAside));
  const length = readSync(fd, bytes, 0, bytes.length, from);
  using aside = openFile(damagedPath(folder, time), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  writeAll(aside.fd, bytes.subarray(0, length));
  fsyncSync(aside.fd);
  ftruncateSync(fd, from);
  fsyncSync(fd);
  syncFolder(folder);
}
