import { join } from 'node:path';
import type { Log } from '../../src/lib/log.ts';
import type { AuditEvent } from '../../src/model/audit.ts';
import { createAuditAnchor } from '../../src/state/audit-anchor.ts';
import { AuditConfig } from '../../src/state/audit-config.ts';
import { openLog } from '../../src/state/audit-files.ts';
import { auditFolder, createAuditLog, maxBatch } from '../../src/state/audit-log.ts';
import { type Verification, verifyAudit } from '../../src/state/audit-verify.ts';
import { openDatabase } from '../../src/state/database.ts';
import { FakeClock } from './fake-clock.ts';

export const issuer = { version: '1.2.3', host: 'ci-1', instance: 'ci-1:9478' };

export function online(runner: string): AuditEvent {
  return { action: 'runner-online', outcome: 'success', message: `${runner} is online.`, labels: { runner } };
}

interface Given {
  /** Of the data. */
  readonly path: string;
  readonly config?: Partial<Record<keyof AuditConfig, unknown>>;
  readonly clock?: FakeClock;
}

/** An audit log over real files and a real state, and all that it told. */
export function openAudit({ path, config = {}, clock = new FakeClock() }: Given) {
  let settings = AuditConfig.parse(config);
  const told: string[] = [];
  const tell = (fields: object, message: string) => void told.push([message, ...reasonIn(fields)].join(': '));
  const log = { debug: tell, info: tell, warn: tell, error: tell } as unknown as Log;
  const meter = { written: [] as string[], dropped: 0, states: [] as boolean[], sequence: 0, broken: 0 };
  const database = openDatabase(join(path, 'runnerwatch.db'));
  const audit = createAuditLog({
    ...{ dataDir: path, config: () => settings, database, issuer, clock, log },
    meter: {
      written: (action) => meter.written.push(action),
      dropped: (events) => (meter.dropped += events),
      broken: () => (meter.broken += 1),
      state: (ok, sequence) => {
        if (meter.states.at(-1) !== ok) meter.states.push(ok);
        meter.sequence = sequence ?? 0;
      },
    },
  });
  return {
    ...{ clock, told, meter, folder: auditFolder(path), audit: audit.audit, flush: audit.flush },
    configure: (next: object) => (settings = AuditConfig.parse(next)),
    /** Writes each in a batch of its own. */
    write: (...events: readonly AuditEvent[]) => {
      for (const event of events) {
        audit.audit(event);
        audit.flush();
      }
    },
    [Symbol.dispose]: () => {
      audit[Symbol.dispose]();
      database[Symbol.dispose]();
    },
  };
}

function reasonIn(fields: object): readonly string[] {
  return 'reason' in fields ? [String(fields.reason)] : [];
}

/** Writes so many records, and ends. */
export function writeAudit(given: Given, count: number): void {
  using audit = openAudit(given);
  for (let index = 1; index <= count; index++) audit.audit(online(`runner-${index}`));
}

/** Proves the log as the command does, with the end that the state keeps. */
export function proveAudit(path: string): Verification {
  using database = openDatabase(join(path, 'runnerwatch.db'));
  const { load } = createAuditAnchor(database);
  const before = load();
  using log = openLog(auditFolder(path));
  return verifyAudit({ files: log.files, anchor: { before, load }, isWhole: true, maxAhead: maxBatch });
}

/** The damages as `file:line #record: found`. */
export function damagesOf({ shown }: Verification): readonly string[] {
  return shown.map(({ file, line, sequence, found }) => `${file.split('/').at(-1)}:${line} #${sequence}: ${found}`);
}
