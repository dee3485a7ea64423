import type { Migration } from './migration.ts';

export const recoveries: Migration = {
  version: 2,
  name: 'recoveries',
  sql: `
    CREATE TABLE recovery (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      runner TEXT NOT NULL,
      container TEXT NOT NULL,
      action TEXT NOT NULL,
      alerts TEXT NOT NULL,
      started_at INTEGER NOT NULL,
      ended_at INTEGER,
      outcome TEXT
    ) STRICT;
    CREATE INDEX recovery_by_runner ON recovery (runner, started_at);
  `,
};
