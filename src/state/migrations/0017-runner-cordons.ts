import type { Migration } from './migration.ts';

export const runnerCordons: Migration = {
  version: 17,
  name: 'labels that were taken away from runners',
  sql: `
    CREATE TABLE runner_cordon (
      runner TEXT NOT NULL,
      scope TEXT NOT NULL,
      cordon TEXT NOT NULL,
      PRIMARY KEY (runner, scope)
    ) STRICT, WITHOUT ROWID;
  `,
};
