import type { Database } from '../../../src/state/database.ts';
import { migrations } from '../../../src/state/migrations/index.ts';
import type { Migration } from '../../../src/state/migrations/migration.ts';

/** What a process is about to do, or has just done, with its disk; it dies there. */
export const diskPoints = [
  'decision under way',
  'decision on disk',
  'alert state under way',
  'alert state on disk',
  'accepted, outbox as before',
  'accepted, outbox on disk',
] as const;
export type DiskPoint = (typeof diskPoints)[number];

/** The statements that tell what a transaction is about; those of the decision and of what follows an attempt. */
const kinds: readonly (readonly [RegExp, kind: string])[] = [
  [/INSERT\s+(?:OR \w+ )?INTO outbox\b/, 'decision'],
  [/INSERT\s+(?:OR \w+ )?INTO alert_state\b/, 'alert state'],
  [/DELETE FROM outbox WHERE id\b/, 'accepted, outbox'],
];

export interface Deadly {
  readonly point: DiskPoint;
  /** How often it is passed before it kills. */
  readonly passes: number;
}

/** The database as it is, but for a process that ends itself at one point as `kill -9` from outside would. */
export function deadlyDatabase(database: Database, { point, passes }: Deadly): Database {
  let left = passes;
  let depth = 0;
  const seen = new Set<string>();

  function reach(reached: string): void {
    if (reached === point && left-- <= 0) process.kill(process.pid, 'SIGKILL');
  }
  function committed(): void {
    for (const kind of seen) reach(`${kind} on disk`);
    seen.clear();
  }
  return {
    run(sql, ...values) {
      const kind = kinds.find(([pattern]) => pattern.test(sql))?.[1];
      if (kind) reach(`${kind} as before`);
      const result = database.run(sql, ...values);
      if (!kind) return result;
      seen.add(kind);
      if (depth > 0) reach(`${kind} under way`);
      else committed();
      return result;
    },
    all: (sql, ...values) => database.all(sql, ...values),
    keepReserve: () => database.keepReserve(),
    transaction(work) {
      depth++;
      try {
        const result = database.transaction(work);
        if (depth === 1) committed();
        return result;
      } finally {
        depth--;
        if (depth === 0) seen.clear();
      }
    },
    unsynced: (work) => database.unsynced(work),
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
}

/** The schema's steps, of which one kills while its transaction is open. */
export function deadlySteps(version: number): readonly Migration[] {
  return migrations.map((step) => ({
    ...step,
    get sql() {
      if (step.version === version) process.kill(process.pid, 'SIGKILL');
      return step.sql;
    },
  }));
}
