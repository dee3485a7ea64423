import type { Migration } from './migration.ts';

export const silences: Migration = {
  version: 9,
  name: 'silences, and what they hold back of what was told',
  sql: `
    CREATE TABLE silence (
      id TEXT PRIMARY KEY,
      silence TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    ALTER TABLE notification_log ADD COLUMN held TEXT NOT NULL DEFAULT '[]';
  `,
};
