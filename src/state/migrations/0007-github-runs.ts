import type { Migration } from './migration.ts';

export const githubRuns: Migration = {
  version: 7,
  name: 'workflow runs that ended',
  sql: `
    CREATE TABLE github_run (
      id INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      repository TEXT NOT NULL,
      workflow TEXT NOT NULL,
      workflow_file TEXT NOT NULL,
      event TEXT NOT NULL,
      branch TEXT,
      conclusion TEXT NOT NULL,
      began_at INTEGER NOT NULL,
      ended_at INTEGER NOT NULL,
      PRIMARY KEY (id, attempt)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE github_run_reading (
      repository TEXT PRIMARY KEY,
      since INTEGER NOT NULL,
      read_at INTEGER NOT NULL,
      default_branch TEXT
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE github_deployment_fill (
      deployment TEXT PRIMARY KEY,
      definition TEXT NOT NULL,
      filled_from INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
