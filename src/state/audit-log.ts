import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import type { Audit, AuditAction } from '../model/audit.ts';
import { type AuditAnchor, createAuditAnchor } from './audit-anchor.ts';
import type { AuditConfig } from './audit-config.ts';
import { type Issuer, type NotedEvent, note } from './audit-record.ts';
import { createAuditWriter } from './audit-writer.ts';
import type { Database } from './database.ts';

/** What the audit log tells of itself while it works. */
export interface AuditMeter {
  written(action: AuditAction): void;
  dropped(events: number): void;
  /** Whether all that was to be written is written; `sequence` is the number of the last record. */
  state(ok: boolean, sequence: number | undefined): void;
  /** The log was found broken. */
  broken(): void;
}

export interface AuditLogParts {
  /** Of the data; the log is in a folder below it. */
  readonly dataDir: string;
  readonly config: () => AuditConfig;
  readonly database: Database;
  readonly issuer: Issuer;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: AuditMeter;
}

export interface AuditLog extends Disposable {
  /** What happens in one turn of the event loop is written together, at its end. */
  readonly audit: Audit;
  /** Writes now what waits. Never throws. */
  flush(): void;
}

/** Events that wait while nothing can be written; more are counted, and told of later. */
const maxWaiting = 1_000;

/** Records that are written, and then noted as the log's end, in one go: an interrupted one leaves no more unnoted. */
export const maxBatch = 100;

export function auditFolder(dataDir: string): string {
  return join(dataDir, 'audit');
}

export function createAuditLog({ dataDir, config, database, issuer, clock, log, meter }: AuditLogParts): AuditLog {
  const folder = auditFolder(dataDir);
  const anchor: AuditAnchor = createAuditAnchor(database);
  const writer = createAuditWriter({ folder, limits: config, anchor, issuer, clock, found });
  let waiting: NotedEvent[] = [];
  let dropped = 0;
  let isScheduled = false;
  let isFailing = false;

  function found(kind: 'repaired' | 'broken', reason: string): void {
    if (kind === 'repaired') log.warn({ folder, reason }, 'audit log was not as it was left');
    else log.error({ folder, reason }, 'audit log was interrupted; run runnerwatch audit verify');
    if (kind === 'broken') meter.broken();
  }

  function audit(event: Parameters<Audit>[0]): void {
    if (!config().enabled) return;
    if (waiting.length >= maxWaiting && !isFailing) flush();
    if (waiting.length >= maxWaiting) {
      dropped += 1;
      meter.dropped(1);
      return;
    }
    waiting.push(note(event, clock.now()));
    if (isScheduled) return;
    isScheduled = true;
    queueMicrotask(() => {
      if (isScheduled) flush();
    });
  }

  function flush(): void {
    isScheduled = false;
    try {
      writeWaiting();
      writer.anchor();
      if (isFailing) log.info({ folder }, 'audit log is written again');
      isFailing = false;
    } catch (error) {
      const reason = reasonOf(error);
      if (!isFailing) log.error({ folder, reason }, 'audit log cannot be written; events wait until it can');
      isFailing = true;
    }
    meter.state(!isFailing, writer.sequence());
  }

  function writeWaiting(): void {
    for (;;) {
      if (dropped > 0 && waiting.length < maxWaiting) waiting.push(takeDropped());
      const [first, ...others] = waiting.slice(0, maxBatch);
      if (!first) return;
      const { taken, actions } = writer.write([first, ...others]);
      waiting = waiting.slice(taken);
      for (const action of actions) meter.written(action);
      writer.anchor();
    }
  }

  function takeDropped(): NotedEvent {
    const message = `${dropped} events were lost while the log could not be written.`;
    const labels = { dropped: String(dropped) };
    dropped = 0;
    return note({ action: 'audit-dropped', outcome: 'failure', message, labels }, clock.now());
  }

  return {
    audit,
    flush,
    [Symbol.dispose]: () => {
      flush();
      if (waiting.length > 0) log.error({ folder, events: waiting.length }, 'audit events are lost with this stop');
      writer[Symbol.dispose]();
    },
  };
}
