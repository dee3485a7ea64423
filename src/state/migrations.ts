/** One step of the schema. Steps are only ever added; one that was released is never edited. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** In order, versions from 1 without gaps: the test checks it. Times are milliseconds since the epoch. */
export const migrations: readonly Migration[] = [
  {
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
  },
  {
    version: 2,
    name: 'recoveries',
    sql: `
      CREATE TABLE recovery (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        runner TEXT NOT NULL,
        container TEXT NOT NULL,
        action TEXT NOT NULL,
        alerts TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        ended_at INTEGER,
        outcome TEXT
      ) STRICT;
      CREATE INDEX recovery_by_runner ON recovery (runner, started_at);
    `,
  },
  {
    version: 3,
    name: 'SSH host keys',
    sql: `
      CREATE TABLE host_key (
        host TEXT PRIMARY KEY,
        type TEXT,
        fingerprint TEXT,
        trusted_at INTEGER,
        suspect_type TEXT,
        suspect_fingerprint TEXT,
        suspect_since INTEGER
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    version: 4,
    name: 'restarts and kills of containers',
    sql: `
      CREATE TABLE container_past (
        id TEXT PRIMARY KEY,
        started_at REAL NOT NULL,
        docker_restarts INTEGER NOT NULL,
        restarts INTEGER NOT NULL,
        ooms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
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
  },
  {
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
  },
  {
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
  },
  {
    version: 8,
    name: 'the last record of the audit log',
    sql: `
      CREATE TABLE audit_head (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        sequence INTEGER NOT NULL,
        hash TEXT NOT NULL
      ) STRICT;
    `,
  },
  {
    version: 9,
    name: 'silences, and what they hold back of what was told',
    sql: `
      CREATE TABLE silence (
        id TEXT PRIMARY KEY,
        silence TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      ALTER TABLE notification_log ADD COLUMN held TEXT NOT NULL DEFAULT '[]';
    `,
  },
  {
    version: 10,
    name: 'limits that GitHub announced',
    sql: `
      CREATE TABLE github_hold (
        account TEXT NOT NULL,
        resource TEXT NOT NULL,
        until INTEGER NOT NULL,
        why TEXT NOT NULL,
        PRIMARY KEY (account, resource)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
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
  },
  {
    version: 12,
    name: 'acknowledged alerts, and what their links are signed with',
    sql: `
      CREATE TABLE acknowledgement (
        fingerprint TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        until_at INTEGER NOT NULL,
        by TEXT NOT NULL,
        comment TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE acknowledgement_key (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        key TEXT NOT NULL
      ) STRICT;
    `,
  },
  {
    version: 13,
    name: 'what runners were given to register with',
    sql: `
      CREATE TABLE runner_grant (
        container TEXT NOT NULL,
        started_at REAL NOT NULL,
        runner TEXT NOT NULL,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (container, started_at)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX runner_grant_by_runner ON runner_grant (runner, at);
    `,
  },
  {
    version: 14,
    name: 'alerts that flap',
    sql: `
      CREATE TABLE flapping_alert (
        fingerprint TEXT PRIMARY KEY,
        history TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
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
  },
  {
    version: 16,
    name: 'how far the healing of runners is, who holds it back, and what was decided',
    sql: `
      CREATE TABLE recovery_ladder (
        runner TEXT PRIMARY KEY,
        ladder TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE recovery_hold (
        runner TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        until_at INTEGER,
        by TEXT NOT NULL,
        reason TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE recovery_decision (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        runner TEXT NOT NULL,
        verdict TEXT NOT NULL,
        action TEXT NOT NULL,
        outcome TEXT NOT NULL,
        reason TEXT NOT NULL,
        first_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        count INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX recovery_decision_by_runner ON recovery_decision (runner, id);
    `,
  },
];
