import type { Database } from './database.ts';

/** One start of a container: Docker's id and its `StartedAt`, in ms since the epoch. */
export interface ContainerStart {
  readonly container: string;
  readonly startedAt: number;
}

/** What runners were given: once for each start of a container. Times are ms since the epoch. */
export interface GrantStore {
  wasGranted(start: ContainerStart): boolean;
  grantsSince(runner: string, since: number): readonly number[];
  grant(runner: string, kind: string, start: ContainerStart, at: number): void;
}

/** Longer than a container's start can ask, and than any budget looks back. */
const keepMs = 30 * 86_400_000;

export function createGrantStore(database: Database): GrantStore {
  return {
    wasGranted: ({ container, startedAt }) =>
      database.all('SELECT 1 FROM runner_grant WHERE container = ? AND started_at = ?', container, startedAt).length >
      0,
    grantsSince: (runner, since) =>
      database
        .all('SELECT at FROM runner_grant WHERE runner = ? AND at > ? ORDER BY at', runner, since)
        .map(({ at }) => Number(at)),
    grant: (runner, kind, { container, startedAt }, at) =>
      database.transaction(() => {
        database.run('DELETE FROM runner_grant WHERE at <= ?', at - keepMs);
        const insert = 'INSERT INTO runner_grant (container, started_at, runner, kind, at) VALUES (?, ?, ?, ?, ?)';
        database.run(insert, container, startedAt, runner, kind, at);
      }),
  };
}
