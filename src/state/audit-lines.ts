import { readSync } from 'node:fs';
import type { OpenFile } from './audit-files.ts';
import { maxRecordBytes } from './audit-record.ts';

/** One line of a file, without its line feed; `number` from 1, `end` the offset behind it. */
export interface Line {
  readonly number: number;
  readonly bytes: Buffer;
  readonly end: number;
  /** `torn`: it has no line feed, since the file ends. `long`: no record is; only its beginning is here. */
  readonly state: 'whole' | 'torn' | 'long';
}

const chunkBytes = 65_536;

/** Reads in pieces, and keeps no more of a line than a record can have. */
export function* readLines({ fd }: OpenFile, from = 0): Generator<Line> {
  const chunk = Buffer.alloc(chunkBytes);
  let parts: Buffer[] = [];
  let length = 0;
  let [number, position] = [1, from];
  const take = (part: Buffer): void => {
    if (length <= maxRecordBytes) parts.push(Buffer.from(part));
    length += part.length;
  };
  const line = (ended: boolean, end: number): Line => {
    const state = length > maxRecordBytes ? 'long' : ended ? 'whole' : 'torn';
    const made = { number, bytes: Buffer.concat(parts), end, state } as const;
    [parts, length, number] = [[], 0, number + 1];
    return made;
  };
  for (;;) {
    const read = chunk.subarray(0, readSync(fd, chunk, 0, chunkBytes, position));
    if (read.length === 0) break;
    let start = 0;
    for (let feed = read.indexOf(10); feed !== -1; feed = read.indexOf(10, start)) {
      take(read.subarray(start, feed));
      start = feed + 1;
      yield line(true, position + start);
    }
    take(read.subarray(start));
    position += read.length;
  }
  if (length > 0) yield line(false, position);
}
