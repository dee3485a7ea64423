import { existsSync } from 'node:fs';
import { loadConfig } from '../config/load.ts';
import { parseTime, systemClock } from '../lib/clock.ts';
import { parseDuration } from '../lib/schema.ts';
import { type AuditAction, auditActions } from '../model/audit.ts';
import { openLog } from '../state/audit-files.ts';
import { readLines } from '../state/audit-lines.ts';
import { auditFolder } from '../state/audit-log.ts';
import { type AuditRecord, unseal } from '../state/audit-record.ts';
import type { CommandIo, ExitCode } from './command.ts';

/** As they stand on the command line. */
export interface AuditFilterFlags {
  /** RFC 3339, or how long ago. */
  readonly since?: string;
  readonly until?: string;
  readonly action?: readonly string[];
  readonly runner?: string;
}

interface Filter {
  /** Ms since the epoch. */
  readonly since: number;
  readonly until: number;
  readonly actions: ReadonlySet<string> | undefined;
  readonly runner: string | undefined;
}

/** Lines that may wait for a reader: with the longest of them a few megabytes. */
const linesAtOnce = 100;

/** Prints the records that match, as they are in the files. One line is in memory at a time. */
export async function exportAudit(
  io: CommandIo,
  { file, flags }: { readonly file: string | undefined; readonly flags: AuditFilterFlags },
): Promise<ExitCode> {
  const filter = filterFrom(flags);
  if (typeof filter === 'string') {
    io.err(filter);
    return 2;
  }
  const { config } = await loadConfig(io.ports, file);
  const folder = auditFolder(config.data_dir);
  if (!existsSync(folder)) {
    throw new Error(`${folder} is not there: run this where Runnerwatch runs, as its user and with its configuration`);
  }
  using log = openLog(folder);
  let [lines, unreadable] = [0, 0];
  for (const open of log.files) {
    for (const { bytes } of readLines(open)) {
      const { record } = unseal(bytes);
      if (!record) unreadable += 1;
      else if (matches(filter, record)) io.out(bytes.toString('utf8'));
      lines += 1;
      if (lines % linesAtOnce === 0) await io.drained();
    }
  }
  if (unreadable === 0) return 0;
  io.err(`${unreadable} lines are no records; see runnerwatch audit verify`);
  return 1;
}

/** Or what is wrong with the flags. */
function filterFrom({ since, until, action, runner }: AuditFilterFlags): Filter | string {
  const now = systemClock.now();
  const [from, to] = [timeFrom(since, now), timeFrom(until, now)];
  if (Number.isNaN(from)) return `--since: expected a time such as 2026-01-31T12:00:00Z or a duration such as 7d`;
  if (Number.isNaN(to)) return `--until: expected a time such as 2026-01-31T12:00:00Z or a duration such as 7d`;
  const unknown = action?.find((name) => !auditActions.includes(name as AuditAction));
  if (unknown !== undefined) return `--action: found ${unknown}, expected one of ${auditActions.join(', ')}`;
  return { since: from ?? -Infinity, until: to ?? Infinity, actions: action && new Set(action), runner };
}

/** A duration is that long ago. */
function timeFrom(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  return ago === undefined ? parseTime(text) : now - ago;
}

function matches({ since, until, actions, runner }: Filter, { time, action, labels }: AuditRecord): boolean {
  const at = parseTime(time);
  if (at < since || at > until) return false;
  if (actions && !actions.has(action)) return false;
  return runner === undefined || labels.runner === runner;
}
