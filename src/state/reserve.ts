import type { DatabaseSync } from 'node:sqlite';

/** SQLite begins its log anew after 1000 pages of 4 KiB: one that was once longer never grows again. */
const reserveBytes = 4 * 1024 ** 2 + 64 * 1024;
const insert = `INSERT INTO reserve VALUES (zeroblob(${reserveBytes}))`;

/**
 * Takes room on the disk in advance: free pages in the file, and a write-ahead log of its full length. So what there is
 * to say of a full disk can be kept on that very disk, and be sent, while whoever filled it has all the rest. Takes
 * nothing where there is no room.
 */
export function takeReserve(handle: DatabaseSync): void {
  // In two transactions: pages that are freed by the one that made them are never written.
  const steps = ['DROP TABLE IF EXISTS reserve', 'CREATE TABLE reserve (room BLOB)', insert, 'DROP TABLE reserve'];
  try {
    for (const sql of [...steps, 'PRAGMA wal_checkpoint(PASSIVE)']) handle.exec(sql);
  } catch {
    // The disk is full now: what was taken before is there, and a table that was left over goes the next time.
  }
}

/** Whether so much of it was used that it should be taken anew. */
export function isReserveLow(handle: DatabaseSync): boolean {
  const pages = Number(handle.prepare('PRAGMA freelist_count').get()?.freelist_count);
  const pageBytes = Number(handle.prepare('PRAGMA page_size').get()?.page_size);
  return pages * pageBytes < reserveBytes / 2;
}
