import type { Migration } from './migration.ts';

export const githubHolds: Migration = {
  version: 10,
  name: 'limits that GitHub announced',
  sql: `
    CREATE TABLE github_hold (
      account TEXT NOT NULL,
      resource TEXT NOT NULL,
      until INTEGER NOT NULL,
      why TEXT NOT NULL,
      PRIMARY KEY (account, resource)
    ) STRICT, WITHOUT ROWID;
  `,
};
