import type { Notification } from '../model/alert.ts';
import type { Database, Row } from './database.ts';

/** What a worker needs to choose; the notification itself is read only when its turn comes. */
export interface OutboxEntry {
  readonly id: number;
  readonly groupKey: string;
  readonly createdAt: number;
  readonly attempts: number;
  readonly dueAt: number;
}

export interface DeadLetter {
  readonly id: number;
  readonly queue: string;
  readonly groupKey: string;
  readonly notification: Notification;
  readonly deadAt: number;
  readonly reason: string;
  /** How often it was tried. */
  readonly attempts: number;
}

/**
 * Notifications that were decided and not yet accepted by their receiver. A queue is one integration of one receiver.
 * Rows leave by `remove` (accepted) or stay as dead letters, of which the newest `keepDead` are kept.
 */
export interface Outbox {
  add(queue: string, notification: Notification, at: number): number;
  /** Entries that may be sent now, those due longest first: of each group only the oldest, to keep its order. */
  due(queue: string, now: number, limit: number): readonly OutboxEntry[];
  /** The entries that came after this one in its group and are unsent too. */
  later(queue: string, entry: OutboxEntry): readonly OutboxEntry[];
  /** The oldest unsent entries, where there are more than `keep`; all of them for 0. */
  beyond(queue: string, keep: number): readonly OutboxEntry[];
  queues(): readonly string[];
  notification(id: number): Notification | undefined;
  remove(id: number): void;
  postpone(id: number, dueAt: number): void;
  /** `isTried`: after one more attempt. */
  bury(id: number, at: number, reason: string, isTried?: boolean): void;
  /** Makes a dead letter wait again, as it is or changed; false where it is none. */
  revive(id: number, change: Pick<DeadLetter, 'queue' | 'notification'>, at: number): boolean;
  /** Forgets how long each entry was to wait: a new process tries at once. */
  makeDue(now: number): void;
  /** When the next entry falls due after `now`. */
  nextDue(now: number): number | undefined;
  pending(): number;
  /** What one group still waits with. */
  waiting(queue: string, groupKey: string): readonly OutboxEntry[];
  /** The oldest first. */
  dead(): readonly DeadLetter[];
  deadIds(): readonly number[];
  deadLetter(id: number): DeadLetter | undefined;
  deadCount(): number;
}

const columns = 'id, group_key, created_at, attempts, due_at';
const deadColumns = 'id, queue, group_key, notification, dead_at, reason, attempts';

export function createOutbox(database: Database, keepDead = 1000): Outbox {
  return {
    add: (queue, notification, at) =>
      database.run(
        'INSERT INTO outbox (queue, group_key, notification, created_at, due_at) VALUES (?, ?, ?, ?, ?)',
        queue,
        notification.groupKey,
        JSON.stringify(notification),
        at,
        at,
      ).id,
    due: (queue, now, limit) =>
      database
        .all(
          `SELECT ${columns} FROM outbox AS entry WHERE queue = ? AND dead_at IS NULL AND due_at <= ?
             AND NOT EXISTS (SELECT 1 FROM outbox AS older WHERE older.queue = entry.queue AND older.dead_at IS NULL
               AND older.group_key = entry.group_key AND older.id < entry.id)
             ORDER BY due_at, id LIMIT ?`,
          queue,
          now,
          limit,
        )
        .map(entryFrom),
    later: (queue, { id, groupKey }) =>
      database
        .all(
          `SELECT ${columns} FROM outbox WHERE queue = ? AND group_key = ? AND id > ? AND dead_at IS NULL ORDER BY id`,
          queue,
          groupKey,
          id,
        )
        .map(entryFrom),
    beyond: (queue, keep) =>
      database
        .all(
          `SELECT ${columns} FROM outbox WHERE queue = ? AND dead_at IS NULL ORDER BY id DESC LIMIT -1 OFFSET ?`,
          queue,
          keep,
        )
        .map(entryFrom)
        .reverse(),
    queues: () =>
      database.all('SELECT DISTINCT queue FROM outbox WHERE dead_at IS NULL').map(({ queue }) => String(queue)),
    notification: (id) => database.all('SELECT notification FROM outbox WHERE id = ?', id).map(notificationFrom).at(0),
    remove: (id) => void database.run('DELETE FROM outbox WHERE id = ?', id),
    postpone: (id, dueAt) =>
      void database.run('UPDATE outbox SET attempts = attempts + 1, due_at = ? WHERE id = ?', dueAt, id),
    bury: (id, at, reason, isTried = false) => bury(database, keepDead, { id, at, reason, isTried }),
    revive: (id, { queue, notification }, at) =>
      database.run(
        `UPDATE outbox SET dead_at = NULL, reason = NULL, attempts = 0, queue = ?, group_key = ?, notification = ?,
           created_at = ?, due_at = ? WHERE id = ? AND dead_at IS NOT NULL`,
        ...[queue, notification.groupKey, JSON.stringify(notification), at, at, id],
      ).changes > 0,
    makeDue: (now) => void database.run('UPDATE outbox SET due_at = ? WHERE dead_at IS NULL AND due_at > ?', now, now),
    nextDue(now) {
      const due = database
        .all('SELECT min(due_at) AS due FROM outbox WHERE dead_at IS NULL AND due_at > ?', now)
        .at(0)?.due;
      return typeof due === 'number' ? due : undefined;
    },
    pending: () =>
      Number(database.all('SELECT count(*) AS pending FROM outbox WHERE dead_at IS NULL').at(0)?.pending ?? 0),
    waiting: (queue, groupKey) =>
      database
        .all(
          `SELECT ${columns} FROM outbox WHERE queue = ? AND group_key = ? AND dead_at IS NULL ORDER BY id`,
          queue,
          groupKey,
        )
        .map(entryFrom),
    dead: () => database.all(`SELECT ${deadColumns} FROM outbox WHERE dead_at IS NOT NULL ORDER BY id`).map(deadFrom),
    deadIds: () =>
      database.all('SELECT id FROM outbox WHERE dead_at IS NOT NULL ORDER BY id').map(({ id }) => Number(id)),
    deadLetter: (id) =>
      database.all(`SELECT ${deadColumns} FROM outbox WHERE id = ? AND dead_at IS NOT NULL`, id).map(deadFrom).at(0),
    deadCount: () => Number(database.all('SELECT count(*) AS dead FROM outbox WHERE dead_at IS NOT NULL').at(0)?.dead),
  };
}

function bury(
  database: Database,
  keepDead: number,
  burial: { readonly id: number; readonly at: number; readonly reason: string; readonly isTried: boolean },
): void {
  database.transaction(() => {
    const { id, at, reason, isTried } = burial;
    database.run(
      'UPDATE outbox SET dead_at = ?, reason = ?, attempts = attempts + ? WHERE id = ?',
      ...[at, reason, Number(isTried), id],
    );
    database.run(
      `DELETE FROM outbox WHERE dead_at IS NOT NULL AND id NOT IN
         (SELECT id FROM outbox WHERE dead_at IS NOT NULL ORDER BY dead_at DESC, id DESC LIMIT ?)`,
      keepDead,
    );
  });
}

function entryFrom(row: Row): OutboxEntry {
  return {
    id: Number(row.id),
    groupKey: String(row.group_key),
    createdAt: Number(row.created_at),
    attempts: Number(row.attempts),
    dueAt: Number(row.due_at),
  };
}

/** Our own writing, in a file that only we write: not foreign data. */
function notificationFrom(row: Row): Notification {
  return JSON.parse(String(row.notification)) as Notification;
}

function deadFrom(row: Row): DeadLetter {
  return {
    id: Number(row.id),
    queue: String(row.queue),
    groupKey: String(row.group_key),
    notification: notificationFrom(row),
    deadAt: Number(row.dead_at),
    reason: String(row.reason),
    attempts: Number(row.attempts),
  };
}
