import type { Migration } from './migration.ts';

export const githubRunners: Migration = {
  version: 5,
  name: 'what GitHub said of runners',
  sql: `
    CREATE TABLE github_scope (
      scope TEXT PRIMARY KEY,
      read_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE github_runner (
      scope TEXT NOT NULL REFERENCES github_scope (scope) ON DELETE CASCADE,
      id INTEGER NOT NULL,
      runner TEXT NOT NULL,
      first_seen_at INTEGER NOT NULL,
      status TEXT,
      status_at INTEGER,
      offline_since INTEGER,
      PRIMARY KEY (scope, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE runner_release (
      version TEXT PRIMARY KEY,
      published_at INTEGER NOT NULL,
      stand_in INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
