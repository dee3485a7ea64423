import type { Migration } from './migration.ts';

export const holdsByMany: Migration = {
  version: 19,
  name: 'several who hold back the healing of one runner',
  sql: `
    CREATE TABLE hold_by_many (
      runner TEXT NOT NULL,
      by TEXT NOT NULL,
      at INTEGER NOT NULL,
      until_at INTEGER,
      reason TEXT NOT NULL,
      PRIMARY KEY (runner, by)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO hold_by_many (runner, by, at, until_at, reason) SELECT runner, by, at, until_at, reason FROM recovery_hold;
    DROP TABLE recovery_hold;
    ALTER TABLE hold_by_many RENAME TO recovery_hold;
  `,
};
