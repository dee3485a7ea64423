import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/state/database.ts';
import { migrations } from '../../src/state/migrations/index.ts';
import { temporaryFolder } from '../support/processes.ts';

const one = { version: 1, name: 'one', sql: 'CREATE TABLE a (x INTEGER) STRICT' };
const two = { version: 2, name: 'two', sql: 'CREATE TABLE b (x INTEGER) STRICT; INSERT INTO b VALUES (7)' };

describe('openDatabase', () => {
  it('brings an older schema up to date and keeps its rows', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'state.db');
    {
      using database = openDatabase(path, [one]);
      database.run('INSERT INTO a VALUES (?)', 5);
    }
    using database = openDatabase(path, [one, two]);
    expect(database.all('SELECT a.x AS a, b.x AS b FROM a, b')).toEqual([{ a: 5, b: 7 }]);
  });

  it('is durable and lets readers in', () => {
    using folder = temporaryFolder();
    using database = openDatabase(join(folder.path, 'state.db'), [one]);
    expect(database.all('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(database.all('PRAGMA synchronous')).toEqual([{ synchronous: 2 }]);
    expect(database.all('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1 }]);
  });

  it('waits for the disk but where it is told not to', () => {
    using folder = temporaryFolder();
    using database = openDatabase(join(folder.path, 'state.db'), [one]);
    const synchronous = () => database.all('PRAGMA synchronous').at(0)?.synchronous;
    expect(database.unsynced(synchronous)).toBe(1);
    expect(synchronous()).toBe(2);
    expect(database.transaction(() => database.unsynced(synchronous))).toBe(2);
    expect(() =>
      database.unsynced(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(synchronous()).toBe(2);
  });

  it('leaves the file as it was where a step fails', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'state.db');
    openDatabase(path, [one])[Symbol.dispose]();
    const broken = { version: 2, name: 'broken', sql: 'CREATE TABLE c (x); CREATE TABLE a (x)' };
    expect(() => openDatabase(path, [one, broken])).toThrow('table a already exists');
    using database = openDatabase(path, [one, two]);
    expect(database.all("SELECT name FROM sqlite_schema WHERE name = 'c'")).toEqual([]);
  });

  it('refuses a newer schema', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'state.db');
    openDatabase(path, [one, two])[Symbol.dispose]();
    expect(() => openDatabase(path, [one])).toThrow(
      `${path}: the state has schema 2, this version knows up to 1. Start the newer version again, or move the file aside`,
    );
  });

  it.each([
    ['something else', 'this is no database, and longer than a header of sixteen bytes'],
    ['a torn file', `SQLite format 3\0${'x'.repeat(4000)}`],
  ])('says how to mend %s', (_, text) => {
    using folder = temporaryFolder({ 'state.db': text });
    const path = join(folder.path, 'state.db');
    expect(() => openDatabase(path)).toThrow(`${path}: the state is damaged: `);
    expect(() => openDatabase(path)).toThrow(`mv ${path} ${path}.damaged`);
  });

  it('says what to check where the directory is missing', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'none', 'state.db');
    expect(() => openDatabase(path)).toThrow(/could not be opened: .*Check that its directory exists/);
  });

  it('undoes a transaction that throws, with the one inside it', () => {
    using database = openDatabase(':memory:', [one]);
    const work = (): void =>
      database.transaction(() => {
        database.transaction(() => database.run('INSERT INTO a VALUES (1)'));
        throw new Error('no');
      });
    expect(work).toThrow('no');
    expect(database.all('SELECT * FROM a')).toEqual([]);
  });

  it('has migrations without gaps', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
  });

  it('says nothing of experiments', () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'open.ts');
    const source = new URL('../../src/state/database.ts', import.meta.url).href;
    writeFileSync(file, `import { openDatabase } from '${source}';\nopenDatabase(':memory:');\n`);
    expect(spawnSync('node', [file], { encoding: 'utf8', timeout: 20_000 })).toMatchObject({ status: 0, stderr: '' });
  });
});
