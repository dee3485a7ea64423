import { fstatSync, readSync } from 'node:fs';
import type { OpenFile } from './audit-files.ts';
import { readLines } from './audit-lines.ts';
import { type AuditRecord, type Head, maxRecordBytes, origin, unseal } from './audit-record.ts';

/** What the newest file of a log says of the chain's end. Offsets in bytes. */
export interface Tail {
  readonly size: number;
  /** The number of its first record. */
  readonly first: number | undefined;
  /** The last record of the chain that begins with the first one. */
  readonly last: Head | undefined;
  /** Behind that record; what follows is none of the chain. */
  readonly end: number;
  /** Behind the record that was expected to be the last; undefined where the file does not have it. */
  readonly expectedEnd: number | undefined;
}

/** As a rule the last line is what was expected, and nothing else is read but the first. */
export function readTail(file: OpenFile, expected: Head | undefined): Tail {
  const { size } = fstatSync(file.fd);
  const [line] = readLines(file);
  const first = line && recordOf(line.bytes)?.head.sequence;
  if (first !== undefined && expected && isSame(lastHead(file, size), expected)) {
    return { size, first, last: expected, end: size, expectedEnd: size };
  }
  return scan(file, size, expected);
}

function lastHead({ fd }: OpenFile, size: number): Head | undefined {
  const bytes = Buffer.alloc(Math.min(size, maxRecordBytes + 1));
  readSync(fd, bytes, 0, bytes.length, size - bytes.length);
  if (bytes.at(-1) !== 10) return undefined;
  return recordOf(bytes.subarray(bytes.lastIndexOf(10, -2) + 1, -1))?.head;
}

function scan(file: OpenFile, size: number, expected: Head | undefined): Tail {
  let first: number | undefined;
  let last: Head | undefined;
  let end = 0;
  let expectedEnd: number | undefined;
  for (const line of readLines(file)) {
    const record = line.state === 'whole' ? recordOf(line.bytes) : undefined;
    if (!record || (last && !follows(record, last))) break;
    first ??= record.head.sequence;
    last = record.head;
    end = line.end;
    if (isSame(expected, last)) expectedEnd = end;
  }
  return { size, first, last, end, expectedEnd };
}

/** Only a record that is as it was written. */
function recordOf(line: Buffer): AuditRecord | undefined {
  const { record, fault } = unseal(line);
  return fault ? undefined : record;
}

function follows(record: AuditRecord, previous: Head): boolean {
  return record.head.sequence === previous.sequence + 1 && record.previous === previous.hash;
}

export function isSame(a: Head | undefined, b: Head | undefined): boolean {
  return a?.sequence === b?.sequence && a?.hash === b?.hash;
}

/** How the log goes on behind its end; `head` is what the next record links to. */
export type Outlook =
  | { readonly kind: 'intact'; readonly head: Head }
  /** The chain goes on; bytes from `cutAt` on do not belong to it. */
  | { readonly kind: 'repaired'; readonly head: Head; readonly cutAt: number | undefined; readonly because: string }
  /** It does not: records are gone, or others stand in their place. */
  | { readonly kind: 'broken'; readonly head: Head; readonly because: string };

/**
 * Compares what is there with the record that was expected to be the last. Where the process has just begun, records
 * behind that one are its predecessor's, which ended before it could note them; later nobody else can have written.
 */
export function judge(expected: Head | undefined, tail: Tail | undefined, hasJustBegun: boolean): Outlook {
  if (!tail) return ofNothing(expected);
  const { first = 0, last, end, size, expectedEnd } = tail;
  if (!last) return { kind: 'broken', head: expected ?? origin, because: 'the newest file begins with no record' };
  const cut = (offset: number): number | undefined => (offset < size ? offset : undefined);
  if (!expected) {
    const because = 'no record of its end was kept, it may have been longer';
    return { kind: 'repaired', head: last, cutAt: cut(end), because };
  }
  if (expectedEnd === undefined) {
    if (hasJustBegun && first > expected.sequence) {
      const because = `its end was last noted at record ${expected.sequence}, before the newest file`;
      return { kind: 'repaired', head: last, cutAt: cut(end), because };
    }
    const head = { sequence: Math.max(expected.sequence, last.sequence), hash: expected.hash };
    return { kind: 'broken', head, because: `the newest file does not have record ${expected.sequence}` };
  }
  if (!hasJustBegun) return ofTrailing(expected, cut(expectedEnd), 0, size - expectedEnd);
  return ofTrailing(last, cut(end), last.sequence - expected.sequence, size - end);
}

function ofNothing(expected: Head | undefined): Outlook {
  if (!expected || expected.sequence === 0) return { kind: 'intact', head: origin };
  return { kind: 'broken', head: expected, because: 'its files are gone' };
}

function ofTrailing(head: Head, cutAt: number | undefined, ahead: number, foreign: number): Outlook {
  const parts = [
    ...(ahead > 0 ? [`${ahead} records were written just before the last stop`] : []),
    ...(foreign > 0 ? [`${foreign} bytes behind its last record were set aside`] : []),
  ];
  if (parts.length === 0) return { kind: 'intact', head };
  return { kind: 'repaired', head, cutAt, because: parts.join(', ') };
}
