import { execFileSync } from 'node:child_process';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/state/database.ts';
import { temporaryFolder } from '../support/processes.ts';
import { binary, needs } from '../support/services.ts';

const table = { version: 1, name: 'one', sql: 'CREATE TABLE a (x BLOB) STRICT' };

/** A file system of 24 MiB with a database. */
function smallDisk() {
  using stack = new DisposableStack();
  const { path } = stack.use(temporaryFolder());
  execFileSync(binary('mount'), ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', path]);
  stack.defer(() => void execFileSync(binary('umount'), ['--lazy', path]));
  const database = stack.use(openDatabase(join(path, 'state.db'), [table]));
  const owned = stack.move();
  return {
    database,
    bytes: () => ['state.db', 'state.db-wal'].reduce((sum, name) => sum + statSync(join(path, name)).size, 0),
    fill: () => fill(join(path, 'filled')),
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** Until nothing more goes in. */
function fill(path: string): void {
  const file = openSync(path, 'a');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(file);
  }
}

function write({ run, transaction }: Database, rows: number): void {
  for (let row = 0; row < rows; row++) transaction(() => run('INSERT INTO a VALUES (zeroblob(1000))'));
}

describe.skipIf(needs('filesystems'))('a disk that is full', () => {
  it('takes nothing more of a database without a reserve', () => {
    using disk = smallDisk();
    disk.fill();
    expect(() => write(disk.database, 1)).toThrow('full');
  });

  it('takes what is to be kept for a while of one that has a reserve', () => {
    using disk = smallDisk();
    disk.database.keepReserve();
    const before = disk.bytes();
    disk.fill();
    write(disk.database, 3000);
    expect(disk.database.all('SELECT count(*) AS count FROM a')).toEqual([{ count: 3000 }]);
    expect(disk.bytes() - before).toBeLessThan(64 * 1024);
  });

  it('still finds the reserve that was taken anew after much was written', () => {
    using disk = smallDisk();
    disk.database.keepReserve();
    write(disk.database, 5500);
    disk.fill();
    write(disk.database, 1000);
    expect(disk.database.all('SELECT count(*) AS count FROM a')).toEqual([{ count: 6500 }]);
  });

  it('keeps nobody from starting, who then finds no room', () => {
    using disk = smallDisk();
    disk.fill();
    disk.database.keepReserve();
    expect(() => write(disk.database, 1)).toThrow('full');
    expect(disk.database.all('SELECT count(*) AS count FROM a')).toEqual([{ count: 0 }]);
  });
});
