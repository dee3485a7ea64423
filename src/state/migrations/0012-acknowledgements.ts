import type { Migration } from './migration.ts';

export const acknowledgements: Migration = {
  version: 12,
  name: 'acknowledged alerts, and what their links are signed with',
  sql: `
    CREATE TABLE acknowledgement (
      fingerprint TEXT PRIMARY KEY,
      at INTEGER NOT NULL,
      until_at INTEGER NOT NULL,
      by TEXT NOT NULL,
      comment TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE acknowledgement_key (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      key TEXT NOT NULL
    ) STRICT;
  `,
};
