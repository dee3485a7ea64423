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
  /** Starts of this runner's attempts after `since`; of all runners' without a name. */
  startsSince(since: number, runner?: string): readonly number[];
  begin(start: RecoveryStart, at: number): number;
  finish(id: number, outcome: 'succeeded' | 'failed', at: number): void;
  /** Closes what an earlier process left open; returns how many attempts that were. */
  closeInterrupted(at: number): number;
  /** Moves all times after the wall clock was set, so that they keep their distance to now. */
  shift(ms: number): void;
  /** What lies after `now`, because the clock was ahead when it was written, is put there: or it would count for ever. */
  bound(now: number): void;
}

/** Longer than any budget's window: old attempts are forgotten, or the table would grow for ever. */
const keepMs = 30 * 86_400_000;

export function createRecoveryStore(database: Database): RecoveryStore {
  const startsOf = (rows: ReturnType<Database['all']>): readonly number[] => rows.map((row) => Number(row.started_at));
  return {
    startsSince: (since, runner) =>
      startsOf(
        runner === undefined
          ? database.all('SELECT started_at FROM recovery WHERE started_at > ?', since)
          : database.all('SELECT started_at FROM recovery WHERE runner = ? AND started_at > ?', runner, since),
      ),
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
    shift: (ms) => {
      database.run('UPDATE recovery SET started_at = started_at + ?1, ended_at = ended_at + ?1', Math.round(ms));
    },
    bound: (now) => {
      database.run('UPDATE recovery SET started_at = ?1 WHERE started_at > ?1', now);
    },
  };
}
