import type { Labels } from './labels.ts';

/** What the audit log tells of; the name is `event.action` in its records. */
export const auditActions = [
  'runner-registered',
  'runner-removed',
  'runner-online',
  'runner-offline',
  'job-started',
  'job-ended',
  'token-renewed',
  'token-refused',
  'runner-token-granted',
  'runner-token-refused',
  'runner-access-denied',
  'job-reported',
  'verdict-changed',
  'recovery-decided',
  'recovery-ended',
  'recovery-held',
  'recovery-released',
  'runner-cordoned',
  'runner-uncordoned',
  'scaling-decided',
  'runnerwatch-started',
  'runnerwatch-stopped',
  'configuration-changed',
  // What the log tells of itself.
  'audit-rotated',
  'audit-repaired',
  'audit-broken',
  'audit-dropped',
] as const;
export type AuditAction = (typeof auditActions)[number];

/** One thing that happened. */
export interface AuditEvent {
  readonly action: AuditAction;
  /** When it happened, ms since the epoch; when it was written where absent. */
  readonly at?: number;
  readonly outcome?: 'success' | 'failure' | 'unknown';
  /** One sentence. Never a secret. */
  readonly message: string;
  /** `runner`, `scope`, `repository`, `job`, … */
  readonly labels: Labels;
}

/** Writes one event. Never throws: that nothing can be written is told by a metric and the log. */
export type Audit = (event: AuditEvent) => void;
