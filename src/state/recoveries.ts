import type { Database } from './database.ts';

/** One attempt at healing, as it is begun. */
export interface RecoveryStart {
  readonly runner: string;
  readonly container: string;
  readonly action: string;
  readonly alerts: readonly string[];
}

/** The attempts of the past: what a budget is counted from. Times are wall time in milliseconds. */
export interface RecoveryStore {
  /** Starts of this runner's attempts after `since`. */
  startsSince(runner: string, since: number): readonly number[];
  begin(start: RecoveryStart, at: number): number;
  finish(id: number, outcome: 'succeeded' | 'failed', at: number): void;
  /** Closes what an earlier process left open; returns how many attempts that were. */
  closeInterrupted(at: number): number;
}

/** Longer than any budget's window: old attempts are forgotten, or the table would grow for ever. */
const keepMs = 30 * 86_400_000;

export function createRecoveryStore(database: Database): RecoveryStore {
  return {
    startsSince: (runner, since) =>
      database
        .all('SELECT started_at FROM recovery WHERE runner = ? AND started_at > ?', runner, since)
        .map(({ started_at }) => Number(started_at)),
    begin: ({ runner, container, action, alerts }, at) => {
      database.run('DELETE FROM recovery WHERE started_at <= ?', at - keepMs);
      const insert = 'INSERT INTO recovery (runner, container, action, alerts, started_at) VALUES (?, ?, ?, ?, ?)';
      return database.run(insert, runner, container, action, JSON.stringify(alerts), at).id;
    },
    finish: (id, outcome, at) => {
      database.run('UPDATE recovery SET outcome = ?, ended_at = ? WHERE id = ?', outcome, at, id);
    },
    closeInterrupted: (at) =>
      database.run("UPDATE recovery SET outcome = 'interrupted', ended_at = ? WHERE outcome IS NULL", at).changes,
  };
}
