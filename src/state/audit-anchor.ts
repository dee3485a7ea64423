import type { Head } from './audit-record.ts';
import type { Database } from './database.ts';

/** The end of the audit log, kept apart from it: who cuts off its tail would have to change this as well. */
export interface AuditAnchor {
  load(): Head | undefined;
  save(head: Head): void;
}

export function createAuditAnchor(database: Database): AuditAnchor {
  return {
    load: () => {
      const [row] = database.all('SELECT sequence, hash FROM audit_head');
      return row && { sequence: Number(row.sequence), hash: String(row.hash) };
    },
    save: ({ sequence, hash }) => {
      database.run('INSERT OR REPLACE INTO audit_head (id, sequence, hash) VALUES (1, ?, ?)', sequence, hash);
    },
  };
}
