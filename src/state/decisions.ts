import type { Labels } from '../model/labels.ts';
import type { Database, Row } from './database.ts';

/** What was decided about an alert on its way to a receiver, and what came of it there. */
export type Decided = 'told' | 'suppressed' | 'accepted' | 'retried' | 'given up' | 'superseded' | 'resent';

/** Where alerts of one group leave by one integration. */
export interface Way {
  readonly groupKey: string;
  /** `team/webhook[0]` */
  readonly queue: string;
}

/** One decision, or one that was made again and again. Times are ms since the epoch. */
export interface Decision extends Way {
  readonly id: number;
  /** Undefined: the group as a whole. */
  readonly fingerprint: string | undefined;
  readonly what: Decided;
  /** What makes two decisions the same one: `firing since …`, `silence: <ids>`. */
  readonly same: string;
  readonly reason: string;
  /** Where the reason changed since. */
  readonly lastReason: string | undefined;
  /** When it ends, as far as it was known last. */
  readonly until: number | undefined;
  /** The time of the notification that it is about. */
  readonly about: number | undefined;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
}

export type NewDecision = Pick<Decision, 'fingerprint' | 'what' | 'same' | 'reason'> & {
  readonly until?: number | undefined;
  readonly about?: number | undefined;
};

export interface DecidedAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
}

/**
 * Why alerts were told or not, for whoever asks later. A decision that is made again only moves its last time and its
 * count, so that a group at rest adds no rows. Bounded in rows and in age.
 */
export interface Decisions {
  /** The latest of each alert, and of the group as a whole. */
  latest(way: Way): readonly Decision[];
  /** What came of the group's notifications last. */
  latestOutcome(way: Way): Decision | undefined;
  /** `after` is the latest so far. Returns its id. */
  add(way: Way, decision: NewDecision, when: { readonly at: number; readonly after: number | undefined }): number;
  /** The same decisions once more. */
  again(
    ids: readonly number[],
    again: Pick<NewDecision, 'until' | 'about'> & { readonly reason?: string | undefined },
    at: number,
  ): void;
  /** Keeps the labels of an alert that a decision is about, after it. */
  keepAlert(alert: DecidedAlert): void;
  /** The alerts of this name that decisions are about, the latest first. */
  alertsNamed(alertname: string, limit: number): readonly DecidedAlert[];
  alert(fingerprint: string): DecidedAlert | undefined;
  /** Of this alert and of the groups that it was in as a whole, the latest first. */
  about(fingerprint: string, limit: number): readonly Decision[];
  names(): readonly string[];
  /** Another number after some were forgotten: an id that is known from before may be gone. */
  generation(): number;
  /** Forgets what is old or too much. */
  sweep(now: number): void;
}

interface Bounds {
  readonly rows: number;
  readonly ageMs: number;
}

const usualBounds: Bounds = { rows: 50_000, ageMs: 7 * 24 * 3_600_000 };
/** A full store is emptied so far, so that it is not trimmed again for each new row. */
const keptOfFull = 0.9;
/** Looking for what is old reads all: that is done so often within its age. */
const agingParts = 100;
const columns =
  'id, group_key, queue, fingerprint, what, same, reason, last_reason, until_at, about_at, first_at, last_at, count';

/** Of each database, how often some were forgotten: several write to one. */
const generations = new WeakMap<Database, number>();

export function createDecisions(database: Database, bounds: Bounds = usualBounds): Decisions {
  let [added, ageAt] = [0, 0];

  /** A storm must not outgrow the bound by much until the next sweep. */
  function countAdded(): void {
    added++;
    if (added > bounds.rows / 10) trim();
  }

  function trim(): void {
    added = 0;
    const rows = Number(database.all('SELECT count(*) AS count FROM decision').at(0)?.count);
    if (rows <= bounds.rows) return;
    database.run(
      'DELETE FROM decision WHERE id IN (SELECT id FROM decision ORDER BY last_at, id LIMIT ?)',
      rows - Math.floor(bounds.rows * keptOfFull),
    );
    forgetAlerts(database);
  }

  return {
    latest: ({ groupKey, queue }) =>
      database
        .all(
          `SELECT ${columns} FROM decision WHERE group_key = ? AND queue = ? AND is_latest AND NOT is_outcome`,
          groupKey,
          queue,
        )
        .map(decisionFrom),
    latestOutcome: ({ groupKey, queue }) =>
      database
        .all(
          `SELECT ${columns} FROM decision WHERE group_key = ? AND queue = ? AND is_latest
             AND fingerprint = '' AND is_outcome`,
          groupKey,
          queue,
        )
        .map(decisionFrom)
        .at(0),
    add(way, decision, when) {
      if (when.after !== undefined) database.run('UPDATE decision SET is_latest = 0 WHERE id = ?', when.after);
      const id = insert(database, way, decision, when.at);
      countAdded();
      return id;
    },
    again: (ids, { reason, until, about }, at) =>
      void database.run(
        `UPDATE decision SET count = count + 1, last_at = ?, last_reason = coalesce(?, last_reason),
           until_at = ?, about_at = ? WHERE id IN (SELECT value FROM json_each(?))`,
        ...[at, reason ?? null, until ?? null, about ?? null, JSON.stringify(ids)],
      ),
    keepAlert: ({ fingerprint, labels }) =>
      void database.run(
        'INSERT OR IGNORE INTO decided_alert (fingerprint, alertname, labels) VALUES (?, ?, ?)',
        fingerprint,
        labels.alertname ?? '',
        JSON.stringify(labels),
      ),
    alertsNamed: (alertname, limit) => alertsNamed(database, alertname, limit),
    alert: (fingerprint) =>
      database
        .all('SELECT fingerprint, labels FROM decided_alert WHERE fingerprint = ?', fingerprint)
        .map(alertFrom)
        .at(0),
    about: (fingerprint, limit) => decisionsAbout(database, fingerprint, limit),
    generation: () => generations.get(database) ?? 0,
    names: () => database.all('SELECT DISTINCT alertname FROM decided_alert').map(({ alertname }) => String(alertname)),
    sweep(now) {
      trim();
      if (now < ageAt) return;
      ageAt = now + bounds.ageMs / agingParts;
      const { changes } = database.run('DELETE FROM decision WHERE last_at < ?', now - bounds.ageMs);
      if (changes > 0) forgetAlerts(database);
    },
  };
}

/** What came of notifications is told apart from what was decided: both have a latest. */
const outcomes: ReadonlySet<Decided> = new Set(['accepted', 'retried', 'given up', 'superseded', 'resent']);

export function isOutcome(what: Decided): boolean {
  return outcomes.has(what);
}

function insert(database: Database, { groupKey, queue }: Way, decision: NewDecision, at: number): number {
  const { fingerprint = '', what, same, reason, until = null, about = null } = decision;
  return database.run(
    `INSERT INTO decision (group_key, queue, fingerprint, is_outcome, is_latest, what, same, reason, until_at, about_at,
       first_at, last_at, count) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, 1)`,
    ...[groupKey, queue, fingerprint, Number(isOutcome(what)), what, same, reason, until, about, at, at],
  ).id;
}

function alertsNamed(database: Database, alertname: string, limit: number): readonly DecidedAlert[] {
  return database
    .all(
      `SELECT fingerprint, labels FROM decided_alert WHERE alertname = ?
         ORDER BY (SELECT max(last_at) FROM decision WHERE decision.fingerprint = decided_alert.fingerprint) DESC LIMIT ?`,
      alertname,
      limit,
    )
    .map(alertFrom);
}

function decisionsAbout(database: Database, fingerprint: string, limit: number): readonly Decision[] {
  return database
    .all(
      `SELECT ${columns} FROM decision WHERE fingerprint = ?1 OR (fingerprint = '' AND (group_key, queue) IN
         (SELECT group_key, queue FROM decision WHERE fingerprint = ?1)) ORDER BY last_at DESC, id DESC LIMIT ?2`,
      fingerprint,
      limit,
    )
    .map(decisionFrom);
}

/** After decisions were forgotten: the alerts that none is about any more. */
function forgetAlerts(database: Database): void {
  generations.set(database, (generations.get(database) ?? 0) + 1);
  database.run(
    `DELETE FROM decided_alert WHERE NOT EXISTS
       (SELECT 1 FROM decision WHERE decision.fingerprint = decided_alert.fingerprint)`,
  );
}

function decisionFrom(row: Row): Decision {
  const { fingerprint, last_reason: lastReason } = row;
  return {
    id: Number(row.id),
    groupKey: String(row.group_key),
    queue: String(row.queue),
    fingerprint: fingerprint === '' ? undefined : String(fingerprint),
    what: String(row.what) as Decided,
    same: String(row.same),
    reason: String(row.reason),
    lastReason: typeof lastReason === 'string' ? lastReason : undefined,
    until: numberFrom(row.until_at),
    about: numberFrom(row.about_at),
    firstAt: Number(row.first_at),
    lastAt: Number(row.last_at),
    count: Number(row.count),
  };
}

function numberFrom(value: Row[string] | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Our own writing, as in the outbox. */
function alertFrom({ fingerprint, labels }: Row): DecidedAlert {
  return { fingerprint: String(fingerprint), labels: JSON.parse(String(labels)) as Labels };
}
