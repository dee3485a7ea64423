import type { Migration } from './migration.ts';

export const decisions: Migration = {
  version: 11,
  name: 'why alerts were told or not',
  sql: `
    CREATE TABLE decision (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      group_key TEXT NOT NULL,
      queue TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      is_outcome INTEGER NOT NULL,
      is_latest INTEGER NOT NULL,
      what TEXT NOT NULL,
      same TEXT NOT NULL,
      reason TEXT NOT NULL,
      last_reason TEXT,
      until_at INTEGER,
      about_at INTEGER,
      first_at INTEGER NOT NULL,
      last_at INTEGER NOT NULL,
      count INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX decision_latest ON decision (group_key, queue, fingerprint) WHERE is_latest;
    CREATE INDEX decision_by_alert ON decision (fingerprint);
    CREATE INDEX decision_of_group ON decision (group_key, queue) WHERE fingerprint = '';

    CREATE TABLE decided_alert (
      fingerprint TEXT PRIMARY KEY,
      alertname TEXT NOT NULL,
      labels TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX decided_alert_by_name ON decided_alert (alertname);
  `,
};
