import type { AuditAnchor } from './audit-anchor.ts';
import { firstByName, type OpenFile } from './audit-files.ts';
import { type Line, readLines } from './audit-lines.ts';
import { type AuditRecord, type Fault, type Head, origin, type Unsealed, unseal } from './audit-record.ts';

/** One thing that is wrong with the log, and where. */
export interface Damage extends Fault {
  readonly file: string;
  /** From 1; undefined where it is about the log as a whole. */
  readonly line: number | undefined;
  /** The number that the record has or should have, where that is known. */
  readonly sequence: number | undefined;
}

export interface Verification {
  readonly records: number;
  readonly first: AuditRecord | undefined;
  readonly last: AuditRecord | undefined;
  /** The first ones; `damages` counts all. */
  readonly shown: readonly Damage[];
  readonly damages: number;
  /** What the log tells of itself, and what could not be proven: no damage. */
  readonly notes: readonly string[];
}

interface Asked {
  /** The files, the oldest first. */
  readonly files: readonly OpenFile[];
  /** The log's end as it was before the files were opened, and as it is now; undefined where it is not at hand. */
  readonly anchor: { readonly before: Head | undefined; readonly load: AuditAnchor['load'] } | undefined;
  /** Whether these are all the files that there are: else the first ones may be elsewhere. */
  readonly isWhole: boolean;
  /** So many records may be behind the anchor: they are written before it. */
  readonly maxAhead: number;
}

const maxShown = 20;
const maxNotes = 20;

/** What has been read so far. */
interface Reading {
  records: number;
  first: AuditRecord | undefined;
  last: AuditRecord | undefined;
  /** What the next record must link to; its hash is unknown behind a line that cannot be read. */
  previous: { readonly sequence: number; readonly hash: string | undefined } | undefined;
  /** From which record on the log said that records are kept. */
  keptFrom: number;
  /** The hash of the record that the anchor names. */
  anchoredHash: string | undefined;
  torn: Damage | undefined;
  damages: number;
  readonly shown: Damage[];
  readonly notes: string[];
}

/** Follows the chain over all files. Reads each once, and keeps no more than a line. */
export function verifyAudit(asked: Asked): Verification {
  const reading: Reading = {
    ...{ records: 0, first: undefined, last: undefined, previous: undefined, keptFrom: 1, anchoredHash: undefined },
    ...{ torn: undefined, damages: 0, shown: [], notes: [] },
  };
  for (const [index, file] of asked.files.entries()) {
    const isNewest = index === asked.files.length - 1;
    for (const line of readLines(file)) {
      if (line.state === 'torn' && isNewest) reading.torn = damageAt(file, line, tornLine, reading);
      else readLine(reading, file, line, asked.anchor?.before);
    }
  }
  checkStart(reading, asked);
  checkEnd(reading, asked);
  const { records, first, last, shown, damages, notes } = reading;
  return { records, first, last, shown, damages, notes };
}

const tornLine: Fault = { found: 'a line that has no end', expected: 'a record and a line feed' };

const longLine: Fault = { found: 'a line that is longer than any record', expected: 'a record of the audit log' };

function readRecord({ state, bytes }: Line): Unsealed {
  if (state === 'whole') return unseal(bytes);
  return { record: undefined, fault: state === 'torn' ? tornLine : longLine };
}

function readLine(reading: Reading, file: OpenFile, line: Line, anchor: Head | undefined): void {
  const { record, fault } = readRecord(line);
  if (fault) addDamage(reading, damageAt(file, line, fault, reading, record));
  if (!record) {
    // As a rule a record stood here: the next one is then still in its place.
    const { previous } = reading;
    reading.previous = previous && { sequence: previous.sequence + 1, hash: undefined };
    return;
  }
  const place = placeFault(reading, file, line, record);
  if (place) addDamage(reading, damageAt(file, line, place, reading, record));
  reading.records += 1;
  reading.first ??= record;
  reading.last = record;
  reading.previous = record.head;
  if (record.head.sequence === anchor?.sequence) reading.anchoredHash = record.head.hash;
  heed(reading, file, line, record);
}

/** Whether the record stands where it says, behind the one that it links to. */
function placeFault({ previous }: Reading, file: OpenFile, { number }: Line, record: AuditRecord): Fault | undefined {
  const { sequence } = record.head;
  const named = firstByName(file.path);
  if (number === 1 && named !== undefined && named !== sequence) {
    return { found: `record ${sequence} at the beginning`, expected: `record ${named}, as the file's name says` };
  }
  const before = previous ?? (sequence === 1 ? origin : undefined);
  if (before === undefined) return undefined;
  const expected = before.sequence + 1;
  if (sequence > expected) return { found: `record ${sequence}`, expected: missing(expected, sequence - 1) };
  if (sequence < expected) return { found: `record ${sequence} again or too late`, expected: `record ${expected}` };
  if (before.hash === undefined || before.hash === record.previous) return undefined;
  return { found: `a link to the hash ${record.previous}`, expected: `a link to the hash ${before.hash}` };
}

/** The record that was expected, and those after it that are not there either. */
function missing(from: number, to: number): string {
  return from === to ? `record ${from}, which is missing` : `record ${from}; ${from} to ${to} are missing`;
}

/** Takes what a record tells of the log itself. */
function heed(reading: Reading, file: OpenFile, line: Line, { head, action, labels, message }: AuditRecord): void {
  if (action === 'audit-rotated' || action === 'audit-broken') reading.keptFrom = Number(labels.first_sequence);
  if (action === 'audit-broken') {
    addDamage(reading, {
      file: file.path,
      line: line.number,
      sequence: head.sequence,
      found: message,
      expected: 'a log that goes on',
    });
  }
  if (action !== 'audit-repaired' && action !== 'audit-dropped') return;
  if (reading.notes.length < maxNotes) reading.notes.push(`record ${head.sequence} says: ${message}`);
}

function damageAt(file: OpenFile, line: Line, fault: Fault, { previous }: Reading, record?: AuditRecord): Damage {
  const sequence = record?.head.sequence ?? (previous && previous.sequence + 1);
  return { file: file.path, line: line.number, sequence, ...fault };
}

function addDamage(reading: Reading, damage: Damage): void {
  reading.damages += 1;
  if (reading.shown.length < maxShown) reading.shown.push(damage);
}

/** Records before the first one are rotated away, or somebody took them. */
function checkStart(reading: Reading, { files, isWhole }: Asked): void {
  const { first, keptFrom } = reading;
  const [file] = files;
  if (!first || !file || first.head.sequence === 1) return;
  const { sequence } = first.head;
  reading.notes.push(`records before ${sequence} are not here: nothing is proven of them`);
  if (isWhole && sequence > keptFrom) {
    const expected = missing(keptFrom, sequence - 1);
    addDamage(reading, { file: file.path, line: 1, sequence, found: `record ${sequence} at the beginning`, expected });
  }
}

/** Against the end that was kept apart from the files. */
function checkEnd(reading: Reading, asked: Asked): void {
  const { last, torn, notes } = reading;
  const [before, after] = [asked.anchor?.before, asked.anchor?.load()];
  const end = last?.head.sequence ?? 0;
  const isTornNew = torn !== undefined && after !== undefined && end >= (before?.sequence ?? 0);
  if (isTornNew) notes.push('the last line is not whole: it is being written, or the last stop came between');
  else if (torn) addDamage(reading, torn);
  if (!asked.anchor)
    notes.push('the end that the state keeps is not at hand: records cut off there would not be noticed');
  else if (!after && last) addEndDamage(reading, asked, { found: 'no end of the log in the state', expected: 'one' });
  if (before) checkAnchored(reading, asked, before, end);
  const ahead = end - (after?.sequence ?? end);
  if (ahead > asked.maxAhead) {
    const expected = `at most ${asked.maxAhead}, which a stop can leave`;
    addEndDamage(reading, asked, { found: `${ahead} records behind the end that was kept`, expected });
  } else if (ahead > 0)
    notes.push(`the last ${ahead} records are newer than the end that was kept, as a stop can leave them`);
}

function checkAnchored(reading: Reading, asked: Asked, { sequence, hash }: Head, end: number): void {
  const { anchoredHash } = reading;
  if (end < sequence) {
    const expected = missing(end + 1, sequence);
    addEndDamage(reading, asked, { found: `record ${end} at the end`, expected });
  } else if (anchoredHash !== hash) {
    const found = anchoredHash === undefined ? 'no such record' : `record ${sequence} with the hash ${anchoredHash}`;
    addEndDamage(reading, asked, { found, expected: `record ${sequence} with the hash ${hash}, as it was kept` });
  }
}

function addEndDamage(reading: Reading, { files }: Asked, fault: Fault): void {
  const file = files.at(-1)?.path ?? '';
  addDamage(reading, { file, line: undefined, sequence: reading.last?.head.sequence, ...fault });
}
