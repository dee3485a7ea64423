import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { createAuditAnchor } from '../state/audit-anchor.ts';
import { type OpenFile, openFile, openLog } from '../state/audit-files.ts';
import { readLines } from '../state/audit-lines.ts';
import { auditFolder, maxBatch } from '../state/audit-log.ts';
import { unseal } from '../state/audit-record.ts';
import { type Damage, type Verification, verifyAudit } from '../state/audit-verify.ts';
import { openDatabase } from '../state/database.ts';
import { type CommandIo, type ExitCode, printable } from './command.ts';

interface VerifyOptions {
  /** Copied files; none stands for the log of the instance that is configured here. */
  readonly files: readonly string[];
  readonly file: string | undefined;
}

/** Proves that the audit log is as it was written, or says where it is not. */
export async function verify(io: CommandIo, { files, file }: VerifyOptions): Promise<ExitCode> {
  const verification = files.length > 0 ? verifyCopies(files) : await verifyOwn(io, file);
  return report(io, verification);
}

function verifyCopies(paths: readonly string[]): Verification {
  using stack = new DisposableStack();
  const files = paths.map((path) => stack.use(openFile(path)));
  return verifyAudit({ files: inOrder(files), anchor: undefined, isWhole: false, maxAhead: 0 });
}

/** By the number of the first record: a shell sorts audit-10.jsonl before audit-9.jsonl. */
function inOrder(files: readonly OpenFile[]): readonly OpenFile[] {
  const firsts = new Map(files.map((file) => [file, firstOf(file)]));
  return files.toSorted((a, b) => (firsts.get(a) ?? 0) - (firsts.get(b) ?? 0));
}

function firstOf(file: OpenFile): number {
  const [line] = readLines(file);
  return (line && unseal(line.bytes).record?.head.sequence) ?? 0;
}

/** The end is read before the files are opened: what was kept by then must be in them, whatever is written since. */
async function verifyOwn({ ports }: CommandIo, file: string | undefined): Promise<Verification> {
  const { config } = await loadConfig(ports, file);
  const state = join(config.data_dir, 'runnerwatch.db');
  if (!existsSync(auditFolder(config.data_dir))) {
    throw new Error(
      `${auditFolder(config.data_dir)} is not there: run this where Runnerwatch runs, as its user and with its configuration`,
    );
  }
  using stack = new DisposableStack();
  const anchor = existsSync(state) ? createAuditAnchor(stack.use(openDatabase(state))) : undefined;
  const before = anchor?.load();
  const { files } = stack.use(openLog(auditFolder(config.data_dir)));
  const kept = anchor && { before, load: anchor.load };
  return verifyAudit({ files, anchor: kept, isWhole: true, maxAhead: maxBatch });
}

function report({ out, err }: CommandIo, { records, first, last, shown, damages, notes }: Verification): ExitCode {
  for (const damage of shown) err(printable(formatDamage(damage)));
  if (damages > shown.length) err(`and ${damages - shown.length} more`);
  for (const note of notes) out(printable(`note: ${note}`));
  const span = first && last ? `, ${first.head.sequence} (${first.time}) to ${last.head.sequence} (${last.time})` : '';
  if (damages === 0) out(`${records} records are as they were written${span}`);
  else err(`${damages} ${damages === 1 ? 'damage' : 'damages'} in ${records} records${span}`);
  return damages === 0 ? 0 : 1;
}

/** `audit.jsonl:12: record 57: found …, expected …` */
function formatDamage({ file, line, sequence, found, expected }: Damage): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return `${place}: ${sequence === undefined ? '' : `record ${sequence}: `}found ${found}, expected ${expected}`;
}
