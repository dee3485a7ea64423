import type { Migration } from './migration.ts';

export const flappingAlerts: Migration = {
  version: 14,
  name: 'alerts that flap',
  sql: `
    CREATE TABLE flapping_alert (
      fingerprint TEXT PRIMARY KEY,
      history TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
