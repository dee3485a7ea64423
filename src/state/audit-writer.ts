import { constants, fstatSync, fsyncSync, ftruncateSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, rfc3339 } from '../lib/clock.ts';
import type { AuditAction, AuditEvent } from '../model/audit.ts';
import type { AuditAnchor } from './audit-anchor.ts';
import type { AuditConfig } from './audit-config.ts';
import { closedFiles, currentName, makeFolder, type OpenFile, openFile, syncFolder, writeAll } from './audit-files.ts';
import { type Head, type Issuer, type NotedEvent, note, seal } from './audit-record.ts';
import { resume, retire } from './audit-resume.ts';
import { isSame, readTail } from './audit-tail.ts';

export interface WriterParts {
  readonly folder: string;
  readonly limits: () => Pick<AuditConfig, 'max_file_size' | 'max_files'>;
  readonly anchor: AuditAnchor;
  readonly issuer: Issuer;
  readonly clock: Clock;
  /** Called when the log is not as it was left. */
  found(kind: 'repaired' | 'broken', because: string): void;
}

/** Appends to the log, and to nothing but its end. Calls throw where the disk or the state fails. */
export interface AuditWriter extends Disposable {
  /** Writes as many of the events as one file takes, at least one; says how many, and all actions that were written. */
  write(events: readonly [NotedEvent, ...NotedEvent[]]): {
    readonly taken: number;
    readonly actions: readonly AuditAction[];
  };
  /** Keeps the end of the log apart from it, where that has not been done yet. */
  anchor(): void;
  /** The number of the last record; undefined before the log was opened. */
  sequence(): number | undefined;
}

/** The file that is written to. */
interface Place extends OpenFile {
  readonly ino: number;
  readonly size: number;
  /** The number of its first record, or of the next one where it is empty. */
  readonly first: number;
}

const forAppending = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

export function createAuditWriter({ folder, limits, anchor, issuer, clock, found }: WriterParts): AuditWriter {
  const path = join(folder, currentName);
  let place: Place | undefined;
  let head: Head | undefined;
  let anchored: Head | undefined;
  // What the next record tells of the log itself, after what is there was mended.
  let broken: NotedEvent | undefined;
  let repaired: NotedEvent | undefined;

  function close(): void {
    place?.[Symbol.dispose]();
    place = undefined;
  }

  function own(action: AuditAction, message: string, labels: AuditEvent['labels'] = {}): NotedEvent {
    return note({ action, message, labels, outcome: action === 'audit-broken' ? 'failure' : 'success' }, clock.now());
  }

  /** The file to write to and the record to link to, as they were left or as they can be had again. */
  function open(): readonly [Place, Head] {
    if (place && head && isAsLeft(path, place)) return [place, head];
    const wasOpen = place !== undefined;
    close();
    makeFolder(folder);
    anchored ??= anchor.load();
    const time = rfc3339(clock.now());
    const outlook = resume({ folder, expected: head ?? anchored, hasJustBegun: head === undefined, time });
    head = outlook.head;
    if (outlook.kind !== 'intact') tell(outlook.kind, outlook.because);
    else if (wasOpen) tell('repaired', 'another file with the same end was put in its place');
    place = openPlace(head);
    return [place, head];
  }

  function tell(kind: 'repaired' | 'broken', because: string): void {
    found(kind, because);
    if (kind === 'repaired') repaired ??= own('audit-repaired', `The log was not as it was left: ${because}.`);
    else broken ??= own('audit-broken', `The log could not go on where it ended: ${because}.`);
  }

  function openPlace(last: Head): Place {
    const file = openFile(path, forAppending);
    const { ino, size } = fstatSync(file.fd);
    if (size === 0) syncFolder(folder);
    return { ...file, ino, size, first: (size > 0 && readTail(file, last).first) || last.sequence + 1 };
  }

  function rotate(before: Place, last: Head): Place {
    close();
    retire(folder, before.first, rfc3339(clock.now()));
    place = openPlace(last);
    return place;
  }

  /** A file that is not the first begins with what became of those before it. */
  function opening({ sequence }: Head, kept: number): readonly NotedEvent[] {
    const labels = { first_sequence: String(kept) };
    if (broken) return [{ ...broken, labels }];
    if (sequence === 0) return [];
    return [own('audit-rotated', `A new file was begun; records from ${kept} on are kept.`, labels)];
  }

  function append(now: Place, { bytes, last }: Batch): void {
    try {
      writeAll(now.fd, bytes);
      fsyncSync(now.fd);
    } catch (error) {
      // Half a batch would be half a line. Where this fails as well, the next opening sets it aside.
      cutBack(now);
      close();
      throw error;
    }
    place = { ...now, size: now.size + bytes.length };
    head = last;
    broken = repaired = undefined;
  }

  function write(events: readonly [NotedEvent, ...NotedEvent[]]): ReturnType<AuditWriter['write']> {
    const { max_file_size: room, max_files: files } = limits();
    const [found, last] = open();
    const isFull = found.size > 0 && found.size + lengthOf(seal(repaired ?? events[0], issuer, last).line) > room;
    const now = isFull ? rotate(found, last) : found;
    const closed = now.size === 0 ? closedFiles(folder) : [];
    const kept = closed.slice(Math.max(0, closed.length - files + 1));
    const own = now.size === 0 ? opening(last, kept[0]?.first ?? now.first) : [];
    const notices = repaired ? [...own, repaired] : own;
    const batch = fill([...notices, ...events], { least: notices.length + 1, room: room - now.size, issuer, last });
    append(now, batch);
    // Only now does a record say that they are gone.
    for (const old of closed.slice(0, closed.length - kept.length)) rmSync(old.path, { force: true });
    return { taken: batch.actions.length - notices.length, actions: batch.actions };
  }

  return {
    write,
    anchor: () => {
      if (!head || isSame(head, anchored)) return;
      anchor.save(head);
      anchored = head;
    },
    sequence: () => head?.sequence,
    [Symbol.dispose]: close,
  };
}

function isAsLeft(path: string, { ino, size }: Place): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  return now?.ino === ino && now.size === size;
}

function cutBack({ fd, size }: Place): void {
  try {
    ftruncateSync(fd, size);
  } catch {}
}

function lengthOf(line: string): number {
  return Buffer.byteLength(line);
}

interface Batch {
  readonly bytes: Buffer;
  readonly last: Head;
  readonly actions: readonly AuditAction[];
}

interface Room {
  /** So many are written, however large they are. */
  readonly least: number;
  /** Bytes. */
  readonly room: number;
  readonly issuer: Issuer;
  readonly last: Head;
}

/** As many records as there is room for. */
function fill(events: readonly NotedEvent[], { least, room, issuer, last }: Room): Batch {
  const lines: string[] = [];
  const actions: AuditAction[] = [];
  let head = last;
  let left = room;
  for (const event of events) {
    const sealed = seal(event, issuer, head);
    left -= lengthOf(sealed.line);
    if (left < 0 && lines.length >= least) break;
    lines.push(sealed.line);
    actions.push(event.action);
    head = sealed.head;
  }
  return { bytes: Buffer.from(lines.join('')), last: head, actions };
}
