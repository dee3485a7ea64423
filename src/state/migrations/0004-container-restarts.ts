import type { Migration } from './migration.ts';

export const containerRestarts: Migration = {
  version: 4,
  name: 'restarts and kills of containers',
  sql: `
    CREATE TABLE container_past (
      id TEXT PRIMARY KEY,
      started_at REAL NOT NULL,
      docker_restarts INTEGER NOT NULL,
      restarts INTEGER NOT NULL,
      ooms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
