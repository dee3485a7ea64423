import type { GithubRunner, KnownRelease, KnownRunner, KnownScope, TellingStatus } from '../model/runner.ts';
import type { Database, Row } from './database.ts';

/** What changed of a scope's runners since it was last saved. */
export interface RunnerChanges {
  readonly scope: string;
  readonly readAt: number;
  readonly put: readonly KnownRunner[];
  /** The ids of those that are gone. */
  readonly removed: readonly number[];
}

/** What GitHub said of runners, kept over a restart. */
export interface GithubRunnerStore {
  load(): readonly KnownScope[];
  /** In one transaction. */
  save(changes: RunnerChanges): void;
  /** Forgets a scope with its runners. */
  drop(scope: string): void;
}

export function createGithubRunnerStore(database: Database): GithubRunnerStore {
  return {
    load: () =>
      database.all('SELECT scope, read_at FROM github_scope ORDER BY scope').map((row) => {
        const [scope, readAt] = [String(row.scope), Number(row.read_at)];
        const rows = database.all('SELECT * FROM github_runner WHERE scope = ? ORDER BY id', scope);
        return { scope, readAt, runners: rows.map((runner) => runnerOf(runner, scope, readAt)) };
      }),
    save({ scope, readAt, put, removed }) {
      database.transaction(() => {
        const note =
          'INSERT INTO github_scope (scope, read_at) VALUES (?, ?) ON CONFLICT (scope) DO UPDATE SET read_at = excluded.read_at';
        database.run(note, scope, readAt);
        for (const runner of put) putRunner(database, runner);
        for (const id of removed) database.run('DELETE FROM github_runner WHERE scope = ? AND id = ?', scope, id);
      });
    },
    drop: (scope) => void database.run('DELETE FROM github_scope WHERE scope = ?', scope),
  };
}

/** Without a time of its own, its status is as of the scope's last reading: a runner that stays as it is costs no write. */
function putRunner(database: Database, { scope, runner, firstSeenAt, said, offlineSince, seenAt }: KnownRunner): void {
  database.run(
    `INSERT OR REPLACE INTO github_runner (scope, id, runner, first_seen_at, status, status_at, offline_since)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ...[scope, runner.id, JSON.stringify(runner), firstSeenAt],
    ...[said?.status ?? null, said === undefined || said.at === seenAt ? null : said.at, offlineSince ?? null],
  );
}

function runnerOf(row: Row, scope: string, readAt: number): KnownRunner {
  const status = row.status === null ? undefined : (String(row.status) as TellingStatus);
  return {
    scope,
    runner: githubRunnerFrom(String(row.runner)),
    seenAt: readAt,
    firstSeenAt: Number(row.first_seen_at),
    said: status && { status, at: row.status_at === null ? readAt : Number(row.status_at) },
    offlineSince: row.offline_since === null ? undefined : Number(row.offline_since),
  };
}

/** JSON leaves out what is undefined. */
function githubRunnerFrom(text: string): GithubRunner {
  const { version, groupId, ...rest } = JSON.parse(text) as GithubRunner;
  return { ...rest, version, groupId };
}

/** When versions of the runner came out, kept over a restart. */
export interface RunnerReleaseStore {
  load(): readonly KnownRelease[];
  /** Keeps these, and no others. */
  save(releases: readonly KnownRelease[]): void;
}

export function createRunnerReleaseStore(database: Database): RunnerReleaseStore {
  return {
    load: () =>
      database.all('SELECT * FROM runner_release ORDER BY version').map(({ version, published_at, stand_in }) => ({
        version: String(version),
        publishedAt: Number(published_at),
        standIn: stand_in === 1,
      })),
    save(releases) {
      database.transaction(() => {
        database.run('DELETE FROM runner_release');
        const insert = 'INSERT OR REPLACE INTO runner_release (version, published_at, stand_in) VALUES (?, ?, ?)';
        for (const { version, publishedAt, standIn } of releases)
          database.run(insert, version, publishedAt, Number(standIn));
      });
    },
  };
}
