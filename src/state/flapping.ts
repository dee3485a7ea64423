import type { FlapHistory } from '../model/flap.ts';
import type { Database } from './database.ts';

/** The alerts whose end is held back, so that it is told after a restart as well. */
export interface FlapStore {
  load(): readonly FlapHistory[];
  /** All of it or nothing; removed by the fingerprints of the alerts. */
  save(kept: readonly FlapHistory[], removed: readonly string[]): void;
}

export function createFlapStore(database: Database): FlapStore {
  return {
    load: () =>
      database.all('SELECT history FROM flapping_alert').map(({ history }) => fromJson(JSON.parse(String(history)))),
    save: (kept, removed) =>
      database.transaction(() => {
        for (const history of kept) {
          database.run(
            'INSERT OR REPLACE INTO flapping_alert (fingerprint, history) VALUES (?, ?)',
            ...[history.alert.fingerprint, JSON.stringify(history)],
          );
        }
        for (const each of removed) database.run('DELETE FROM flapping_alert WHERE fingerprint = ?', each);
      }),
  };
}

/** JSON leaves out what is undefined. */
function fromJson(history: Omit<FlapHistory, Absent> & Partial<Pick<FlapHistory, Absent>>): FlapHistory {
  return { ...history, since: history.since, begunAt: history.begunAt };
}

type Absent = 'since' | 'begunAt';
