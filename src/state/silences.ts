import type { MatchOperator } from '../model/matcher.ts';
import type { Silence } from '../model/silence.ts';
import type { Database } from './database.ts';

export interface StoredMatcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

/** A silence as it is kept: its matchers are not compiled. */
export type StoredSilence = Omit<Silence, 'matchers'> & { readonly matchers: readonly StoredMatcher[] };

export interface SilenceStore {
  load(): readonly StoredSilence[];
  /** All of them or none. */
  put(silences: readonly StoredSilence[]): void;
  remove(ids: readonly string[]): void;
}

export function createSilenceStore(database: Database): SilenceStore {
  return {
    load: () =>
      database.all('SELECT silence FROM silence').map(({ silence }) => JSON.parse(String(silence)) as StoredSilence),
    put: (silences) =>
      database.transaction(() => {
        for (const { id, matchers, startsAt, endsAt, updatedAt, createdBy, comment } of silences) {
          const kept = matchers.map(({ name, operator, value }) => ({ name, operator, value }));
          const text = JSON.stringify({ id, matchers: kept, startsAt, endsAt, updatedAt, createdBy, comment });
          database.run('INSERT OR REPLACE INTO silence (id, silence) VALUES (?, ?)', id, text);
        }
      }),
    remove: (ids) =>
      database.transaction(() => {
        for (const id of ids) database.run('DELETE FROM silence WHERE id = ?', id);
      }),
  };
}
