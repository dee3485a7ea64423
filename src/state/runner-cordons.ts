import type { ChangedScope } from '../model/runner.ts';
import type { Database } from './database.ts';

/** Labels that were taken from one registration, or are about to be. */
export interface Cordon {
  readonly runner: string;
  readonly scope: ChangedScope;
  /** GitHub's id of the registration: another one of the name has labels of its own. */
  readonly id: number;
  readonly labels: readonly string[];
  /** ms since the epoch. */
  readonly at: number;
  readonly by: string;
  /** Who ends it: recovery when the runner is well, the drain when it is over, or a person. */
  readonly purpose: 'recovery' | 'drain' | 'person';
}

/** What must not be lost between the taking and the giving back. */
export interface CordonStore {
  all(): readonly Cordon[];
  of(runner: string): readonly Cordon[];
  put(cordon: Cordon): void;
  remove(cordon: Pick<Cordon, 'runner' | 'scope'>): void;
}

export function createCordonStore(database: Database): CordonStore {
  const from = (rows: ReturnType<Database['all']>): readonly Cordon[] =>
    rows.map(({ cordon }) => JSON.parse(String(cordon)) as Cordon);
  const keyOf = ({ kind, name }: ChangedScope): string => `${kind} ${name}`;
  return {
    all: () => from(database.all('SELECT cordon FROM runner_cordon ORDER BY runner, scope')),
    of: (runner) => from(database.all('SELECT cordon FROM runner_cordon WHERE runner = ? ORDER BY scope', runner)),
    put: (cordon) =>
      void database.run(
        `INSERT INTO runner_cordon (runner, scope, cordon) VALUES (?1, ?2, ?3)
           ON CONFLICT (runner, scope) DO UPDATE SET cordon = ?3`,
        ...[cordon.runner, keyOf(cordon.scope), JSON.stringify(cordon)],
      ),
    remove: ({ runner, scope }) =>
      void database.run('DELETE FROM runner_cordon WHERE runner = ? AND scope = ?', runner, keyOf(scope)),
  };
}
