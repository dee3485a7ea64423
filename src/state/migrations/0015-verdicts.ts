import type { Migration } from './migration.ts';

export const verdicts: Migration = {
  version: 15,
  name: 'verdicts on runners',
  sql: `
    CREATE TABLE runner_verdict (
      runner TEXT PRIMARY KEY,
      verdict TEXT NOT NULL,
      since INTEGER NOT NULL,
      memory TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
