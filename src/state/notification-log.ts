import type { Database, Row } from './database.ts';

/** What one integration was last told about a group: the fingerprints, and when. */
export interface NotificationLogEntry {
  readonly groupKey: string;
  readonly queue: string;
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  /** Told as firing earlier, and held back since: their end is still owed. */
  readonly held: readonly string[];
  readonly at: number;
  readonly expiresAt: number;
}

/** Alertmanager's notification log: what keeps a restart from saying everything again. */
export interface NotificationLog {
  get(groupKey: string, queue: string): NotificationLogEntry | undefined;
  put(entry: NotificationLogEntry): void;
  /** The fingerprints that some receiver holds for firing. */
  toldAsFiring(): ReadonlySet<string>;
  /** Forgets what was said, so that the next flush says it again. */
  remove(groupKey: string, queue: string): void;
  /** Drops what expired; returns how many. */
  expire(now: number): number;
}

export function createNotificationLog(database: Database): NotificationLog {
  return {
    get: (groupKey, queue) =>
      database
        .all('SELECT * FROM notification_log WHERE group_key = ? AND queue = ?', groupKey, queue)
        .map(entryFrom)
        .at(0),
    put: ({ groupKey, queue, firing, resolved, held, at, expiresAt }) =>
      void database.run(
        `INSERT OR REPLACE INTO notification_log (group_key, queue, firing, resolved, held, at, expires_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
        groupKey,
        queue,
        JSON.stringify(firing),
        JSON.stringify(resolved),
        JSON.stringify(held),
        at,
        expiresAt,
      ),
    toldAsFiring() {
      const entries = database.all('SELECT * FROM notification_log').map(entryFrom);
      return new Set(entries.flatMap(({ firing, held }) => [...firing, ...held]));
    },
    remove: (groupKey, queue) =>
      void database.run('DELETE FROM notification_log WHERE group_key = ? AND queue = ?', groupKey, queue),
    expire: (now) => database.run('DELETE FROM notification_log WHERE expires_at <= ?', now).changes,
  };
}

function entryFrom(row: Row): NotificationLogEntry {
  return {
    groupKey: String(row.group_key),
    queue: String(row.queue),
    firing: JSON.parse(String(row.firing)) as string[],
    resolved: JSON.parse(String(row.resolved)) as string[],
    held: JSON.parse(String(row.held)) as string[],
    at: Number(row.at),
    expiresAt: Number(row.expires_at),
  };
}
