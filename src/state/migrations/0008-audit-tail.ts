import type { Migration } from './migration.ts';

export const auditTail: Migration = {
  version: 8,
  name: 'the last record of the audit log',
  sql: `
    CREATE TABLE audit_head (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      sequence INTEGER NOT NULL,
      hash TEXT NOT NULL
    ) STRICT;
  `,
};
