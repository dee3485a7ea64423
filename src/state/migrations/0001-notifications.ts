import type { Migration } from './migration.ts';

export const notifications: Migration = {
  version: 1,
  name: 'notifications and alert state',
  sql: `
    CREATE TABLE outbox (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      queue TEXT NOT NULL,
      group_key TEXT NOT NULL,
      notification TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      due_at INTEGER NOT NULL,
      dead_at INTEGER,
      reason TEXT
    ) STRICT;
    CREATE INDEX outbox_due ON outbox (queue, due_at, id) WHERE dead_at IS NULL;
    CREATE INDEX outbox_next ON outbox (due_at) WHERE dead_at IS NULL;
    CREATE INDEX outbox_order ON outbox (queue, group_key, id) WHERE dead_at IS NULL;
    CREATE INDEX outbox_dead ON outbox (dead_at, id) WHERE dead_at IS NOT NULL;

    CREATE TABLE notification_log (
      group_key TEXT NOT NULL,
      queue TEXT NOT NULL,
      firing TEXT NOT NULL,
      resolved TEXT NOT NULL,
      at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      PRIMARY KEY (group_key, queue)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE alert_state (
      rule TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      alert TEXT NOT NULL,
      PRIMARY KEY (rule, fingerprint)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE alert_evaluation (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      at INTEGER NOT NULL
    ) STRICT;
  `,
};
