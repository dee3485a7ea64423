import type { KeptHold } from '../model/github.ts';
import type { Database } from './database.ts';

/** Limits that GitHub announced, kept over a restart: whoever asks in spite of them is shut out for longer. */
interface GithubHoldStore {
  /** Those of the account that end after `now`. */
  load(account: string, now: number): readonly KeptHold[];
  /** In the place of the account's hold for the same resource; those that ended by `now` go. */
  save(hold: KeptHold, now: number): void;
}

export function createGithubHoldStore(database: Database): GithubHoldStore {
  return {
    load: (account, now) =>
      database
        .all('SELECT * FROM github_hold WHERE account = ? AND until > ? ORDER BY resource', account, now)
        .map(({ resource, until, why }) => ({
          account,
          resource: String(resource),
          until: Number(until),
          why: String(why),
        })),
    save({ account, resource, until, why }, now) {
      database.transaction(() => {
        database.run('DELETE FROM github_hold WHERE until <= ?', now);
        const put = 'INSERT OR REPLACE INTO github_hold (account, resource, until, why) VALUES (?, ?, ?, ?)';
        database.run(put, account, resource, Math.round(until), why);
      });
    },
  };
}
