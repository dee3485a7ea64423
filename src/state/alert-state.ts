import type { Labels } from '../model/labels.ts';
import type { Database } from './database.ts';

export type AlertPhase = 'pending' | 'firing' | 'resolved';

/** One alert of one rule as it is kept over a restart. Times are milliseconds since the epoch. */
export interface StoredAlert {
  /** `<group>;<alert name>;<its labels>` */
  readonly rule: string;
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly phase: AlertPhase;
  readonly value: number;
  readonly activeAt: number;
  readonly firedAt: number | undefined;
  readonly resolvedAt: number | undefined;
  readonly keepFiringSince: number | undefined;
  readonly generatorURL: string;
}

export type AlertKey = Pick<StoredAlert, 'rule' | 'fingerprint'>;

export interface AlertStateStore {
  load(): readonly StoredAlert[];
  /** When the rules were last evaluated while any alert was active; undefined where they never were. */
  lastEvaluation(): number | undefined;
  /** Writes what changed in one transaction. */
  save(changed: readonly StoredAlert[], removed: readonly AlertKey[], evaluatedAt: number): void;
}

export function createAlertStateStore(database: Database): AlertStateStore {
  return {
    load: () => database.all('SELECT alert FROM alert_state').map(({ alert }) => alertFrom(String(alert))),
    lastEvaluation() {
      const at = database.all('SELECT at FROM alert_evaluation').at(0)?.at;
      return at === undefined ? undefined : Number(at);
    },
    save(changed, removed, evaluatedAt) {
      database.transaction(() => {
        for (const alert of changed) put(database, alert);
        for (const { rule, fingerprint } of removed) {
          database.run('DELETE FROM alert_state WHERE rule = ? AND fingerprint = ?', rule, fingerprint);
        }
        database.run('INSERT OR REPLACE INTO alert_evaluation (id, at) VALUES (1, ?)', evaluatedAt);
      });
    },
  };
}

/** JSON knows no NaN and no infinity, and a value may be either. */
function put(database: Database, alert: StoredAlert): void {
  database.run(
    'INSERT OR REPLACE INTO alert_state (rule, fingerprint, alert) VALUES (?, ?, ?)',
    alert.rule,
    alert.fingerprint,
    JSON.stringify({ ...alert, value: String(alert.value) }),
  );
}

function alertFrom(text: string): StoredAlert {
  const { value, ...rest } = JSON.parse(text) as StoredAlert;
  return { ...rest, value: Number(value) };
}
