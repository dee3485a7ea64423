import type { Migration } from './migration.ts';

export const standby: Migration = {
  version: 18,
  name: 'runners that were stopped because there was nothing to do',
  sql: `
    CREATE TABLE standby (
      container TEXT PRIMARY KEY,
      runner TEXT NOT NULL,
      started_at REAL NOT NULL,
      stopped_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
