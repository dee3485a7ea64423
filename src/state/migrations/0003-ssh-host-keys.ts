import type { Migration } from './migration.ts';

export const sshHostKeys: Migration = {
  version: 3,
  name: 'SSH host keys',
  sql: `
    CREATE TABLE host_key (
      host TEXT PRIMARY KEY,
      type TEXT,
      fingerprint TEXT,
      trusted_at INTEGER,
      suspect_type TEXT,
      suspect_fingerprint TEXT,
      suspect_since INTEGER
    ) STRICT, WITHOUT ROWID;
  `,
};
