import type { Database } from './database.ts';

/** A run of a runner's container that Runnerwatch itself ended because there was nothing to do. */
export interface StandbyRun {
  readonly container: string;
  readonly runner: string;
  /** When the run began, ms since the epoch: another run, which somebody else ended, began at another time. */
  readonly startedAt: number;
}

/** Which containers may be started again, over restarts of this process. */
export interface StandbyStore {
  all(): readonly StandbyRun[];
  /** `at`: when it was stopped. */
  put(run: StandbyRun, at: number): void;
  remove(container: string): void;
}

export function createStandbyStore(database: Database): StandbyStore {
  return {
    all: () =>
      database.all('SELECT container, runner, started_at FROM standby').map((row) => ({
        container: String(row.container),
        runner: String(row.runner),
        startedAt: Number(row.started_at),
      })),
    put: ({ container, runner, startedAt }, at) => {
      const insert = 'INSERT OR REPLACE INTO standby (container, runner, started_at, stopped_at) VALUES (?, ?, ?, ?)';
      database.run(insert, container, runner, startedAt, at);
    },
    remove: (container) => void database.run('DELETE FROM standby WHERE container = ?', container),
  };
}
