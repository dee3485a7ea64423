import { Counter, Gauge, type Registry } from 'prom-client';
import { type AuditAction, auditActions } from '../model/audit.ts';

/** What the audit log tells of itself, as prom-client's own metrics. */
export function createAuditMeter(registry: Registry) {
  const registers = [registry];
  const records = new Counter({
    name: 'runnerwatch_audit_records_total',
    help: 'Records that this process wrote into the audit log, by action.',
    labelNames: ['action'],
    registers,
  });
  const dropped = new Counter({
    name: 'runnerwatch_audit_dropped_total',
    help: 'Events that were lost because the audit log could not be written for too long.',
    registers,
  });
  const success = new Gauge({
    name: 'runnerwatch_audit_success',
    help: 'Whether all events are in the audit log (1), or it cannot be written (0).',
    registers,
  });
  const intact = new Gauge({
    name: 'runnerwatch_audit_intact',
    help: 'Whether the audit log has gone on where it ended since this process began (1), or was found interrupted (0).',
    registers,
  });
  const last = new Gauge({
    name: 'runnerwatch_audit_sequence',
    help: 'The number of the last record in the audit log.',
    registers,
  });
  // From the start, or increase() would not see the first of each.
  for (const action of auditActions) records.inc({ action }, 0);
  const gauges = [success, intact, last];
  let isIntact = true;
  // Nothing was to be written yet: that is no failure.
  const off = (): void => {
    for (const gauge of gauges) gauge.remove();
  };
  off();
  return {
    written: (action: AuditAction): void => records.inc({ action }),
    dropped: (events: number): void => dropped.inc(events),
    state: (ok: boolean, sequence: number | undefined): void => {
      success.set(Number(ok));
      intact.set(Number(isIntact));
      if (sequence !== undefined) last.set(sequence);
    },
    broken: (): void => {
      isIntact = false;
    },
    /** No log is written any more. */
    off,
  };
}

export type AuditMeter = ReturnType<typeof createAuditMeter>;
