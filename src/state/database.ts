import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { reasonOf } from '../lib/log.ts';
import { migrations } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { isReserveLow, takeReserve } from './reserve.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** SQLite behind a port: synchronous, so that a decision and its record are one step that nothing can come between. */
export interface Database extends Disposable {
  /** The id of the last row that was put in, and how many rows changed. */
  run(sql: string, ...values: SQLInputValue[]): { readonly id: number; readonly changes: number };
  all(sql: string, ...values: SQLInputValue[]): readonly Row[];
  /** All or nothing; inside another transaction it is a part of that one. */
  transaction<T>(work: () => T): T;
  /**
   * Writes without waiting for the disk: what `work` wrote outlives the process, also one that is killed, but perhaps
   * not a power cut. For what may happen twice but must be known at once.
   */
  unsynced<T>(work: () => T): T;
  /** Keeps room for a time when the disk is full, from now on. For the one process that goes on writing. */
  keepReserve(): void;
}

/** SQLite's primary result codes for a file that is no database, or no longer one. */
const damagedCodes: ReadonlySet<number> = new Set([11, 26]);

/**
 * Opens the state, `:memory:` for none on disk, and brings its schema up to date. Throws an Error that says what to do
 * where the file cannot be opened, is damaged, is in use, or was written by a newer version.
 */
export function openDatabase(path: string, steps: readonly Migration[] = migrations): Database {
  const handle = openHandle(path);
  try {
    prepareHandle(handle, path);
    migrate(handle, path, steps);
    return databaseOver(handle);
  } catch (error) {
    handle.close();
    throw explain(path, error);
  }
}

function openHandle(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 5000, enableForeignKeyConstraints: true });
  } catch (error) {
    throw new Error(
      `${path}: the state could not be opened: ${reasonOf(error)}. Check that its directory exists and can be written`,
    );
  }
}

/** FULL: a notification that was taken must be on the disk before anything is told so, power cut included. */
function prepareHandle(handle: DatabaseSync, path: string): void {
  handle.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  const [answer] = handle.prepare('PRAGMA quick_check(1)').all();
  if (answer?.quick_check !== 'ok') throw damaged(path, String(answer?.quick_check));
}

function explain(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  const code = Number(error.errcode) & 0xff;
  if (damagedCodes.has(code)) return damaged(path, error.message);
  return new Error(`${path}: the state could not be used: ${reasonOf(error)}. Check who else has it open`);
}

function damaged(path: string, reason: string): Error {
  return new Error(
    `${path}: the state is damaged: ${reason}. Move it aside (mv ${path} ${path}.damaged) and start again; ` +
      'firing alerts are found anew, notifications that were not sent yet are lost with it',
  );
}

function migrate(handle: DatabaseSync, path: string, steps: readonly Migration[]): void {
  const version = Number(handle.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  const newest = steps.at(-1)?.version ?? 0;
  if (version > newest) {
    throw new Error(
      `${path}: the state has schema ${version}, this version knows up to ${newest}. ` +
        'Start the newer version again, or move the file aside',
    );
  }
  for (const step of steps.filter((candidate) => candidate.version > version)) {
    inTransaction(handle, () => handle.exec(`${step.sql}; PRAGMA user_version = ${step.version};`));
  }
}

function inTransaction<T>(handle: DatabaseSync, work: () => T): T {
  if (handle.isTransaction) return work();
  handle.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    handle.exec('COMMIT');
    return result;
  } catch (error) {
    if (handle.isTransaction) handle.exec('ROLLBACK');
    throw error;
  }
}

/** How many transactions lie between two looks at the reserve. */
const looksAfter = 1000;

/** Looks now and then, never in the middle of a transaction. */
function reserveKeeper(handle: DatabaseSync) {
  let left = Number.POSITIVE_INFINITY;
  return {
    begin(): void {
      left = looksAfter;
      // A log of full length ends with each process.
      takeReserve(handle);
    },
    look(): void {
      left -= 1;
      if (left > 0 || handle.isTransaction) return;
      left = looksAfter;
      if (isReserveLow(handle)) takeReserve(handle);
    },
  };
}

/** The commit decides: inside a transaction this one is as durable as the rest of it. */
function withoutSync<T>(handle: DatabaseSync, work: () => T): T {
  if (handle.isTransaction) return work();
  handle.exec('PRAGMA synchronous = NORMAL');
  try {
    return work();
  } finally {
    handle.exec('PRAGMA synchronous = FULL');
  }
}

function databaseOver(handle: DatabaseSync): Database {
  // Bounded by the statements in our own source: no statement is made from data.
  const prepared = new Map<string, StatementSync>();
  const reserve = reserveKeeper(handle);
  function statement(sql: string): StatementSync {
    const known = prepared.get(sql);
    if (known) return known;
    const fresh = handle.prepare(sql);
    prepared.set(sql, fresh);
    return fresh;
  }
  return {
    run(sql, ...values) {
      const { lastInsertRowid, changes } = statement(sql).run(...values);
      return { id: Number(lastInsertRowid), changes: Number(changes) };
    },
    all: (sql, ...values) => statement(sql).all(...values),
    transaction(work) {
      const result = inTransaction(handle, work);
      reserve.look();
      return result;
    },
    keepReserve: reserve.begin,
    unsynced: (work) => withoutSync(handle, work),
    [Symbol.dispose]() {
      if (handle.isOpen) handle.close();
    },
  };
}
