import type { Migration } from './migration.ts';

export const githubJobs: Migration = {
  version: 6,
  name: 'jobs for runners',
  sql: `
    CREATE TABLE github_job (
      id INTEGER PRIMARY KEY,
      job TEXT NOT NULL,
      queued_at INTEGER,
      started INTEGER NOT NULL,
      ran INTEGER NOT NULL,
      ended INTEGER NOT NULL,
      lost INTEGER NOT NULL,
      seen_at INTEGER NOT NULL
    ) STRICT;
  `,
};
