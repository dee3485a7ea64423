import type { Migration } from './migration.ts';

export const runnerGrants: Migration = {
  version: 13,
  name: 'what runners were given to register with',
  sql: `
    CREATE TABLE runner_grant (
      container TEXT NOT NULL,
      started_at REAL NOT NULL,
      runner TEXT NOT NULL,
      kind TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (container, started_at)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX runner_grant_by_runner ON runner_grant (runner, at);
  `,
};
