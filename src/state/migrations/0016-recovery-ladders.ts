import type { Migration } from './migration.ts';

export const recoveryLadders: Migration = {
  version: 16,
  name: 'how far the healing of runners is, who holds it back, and what was decided',
  sql: `
    CREATE TABLE recovery_ladder (
      runner TEXT PRIMARY KEY,
      ladder TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE recovery_hold (
      runner TEXT PRIMARY KEY,
      at INTEGER NOT NULL,
      until_at INTEGER,
      by TEXT NOT NULL,
      reason TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE recovery_decision (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      runner TEXT NOT NULL,
      verdict TEXT NOT NULL,
      action TEXT NOT NULL,
      outcome TEXT NOT NULL,
      reason TEXT NOT NULL,
      first_at INTEGER NOT NULL,
      last_at INTEGER NOT NULL,
      count INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX recovery_decision_by_runner ON recovery_decision (runner, id);
  `,
};
