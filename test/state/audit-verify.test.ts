import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { damagesOf, online, openAudit, proveAudit, writeAudit } from '../support/audit.ts';
import { temporaryFolder } from '../support/processes.ts';

const records = 200;

/** A chain of two hundred records over some files, and its text, which each test puts back. */
let folder: ReturnType<typeof temporaryFolder>;
let originals: ReadonlyMap<string, Buffer>;
let names: readonly string[];

beforeAll(() => {
  folder = temporaryFolder();
  using audit = openAudit({ ...folder, config: { max_file_size: 60_000 } });
  while (audit.meter.sequence < records) audit.write(online('homelab-1'));
  names = readdirSync(audit.folder).sort();
  originals = new Map(names.map((name) => [name, readFileSync(pathOf(name))]));
});
afterAll(() => folder[Symbol.dispose]());

function pathOf(name: string): string {
  return join(folder.path, 'audit', name);
}

/** How many damages are found where the file has other bytes. */
function damagesWith(name: string, bytes: Buffer): number {
  try {
    writeFileSync(pathOf(name), bytes);
    return proveAudit(folder.path).damages;
  } finally {
    writeFileSync(pathOf(name), originals.get(name) ?? '');
  }
}

function bytesOf(name: string): Buffer {
  return originals.get(name) ?? Buffer.alloc(0);
}

function linesOf(name: string): string[] {
  return bytesOf(name).toString().split('\n').slice(0, -1);
}

function joined(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

/** A file and a place in it, from 0 to 1. */
const place = fc.record({ file: fc.nat(), at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }) });

function changeOf(change: (lines: string[], index: number, other: number) => void) {
  return fc.property(place, fc.nat(), ({ file, at }, other) => {
    const name = names[file % names.length] ?? '';
    const lines = linesOf(name);
    const before = lines.join();
    change(lines, Math.floor(at * lines.length), other % lines.length);
    fc.pre(lines.join() !== before);
    expect(damagesWith(name, joined(lines))).toBeGreaterThan(0);
  });
}

describe('a chain of two hundred records', () => {
  it('is whole where nothing was changed', () => {
    expect(names.length).toBeGreaterThan(2);
    expect(proveAudit(folder.path)).toMatchObject({ records, damages: 0, notes: [] });
  });

  it('shows any byte that was changed', () => {
    const changed = fc.property(place, fc.integer({ min: 1, max: 255 }), ({ file, at }, mask) => {
      const name = names[file % names.length] ?? '';
      const bytes = Buffer.from(bytesOf(name));
      const index = Math.floor(at * bytes.length);
      bytes[index] = (bytes[index] ?? 0) ^ mask;
      expect(damagesWith(name, bytes)).toBeGreaterThan(0);
    });
    fc.assert(changed, { numRuns: 200 });
  });

  it('shows a line that was deleted', () => {
    fc.assert(
      changeOf((lines, index) => void lines.splice(index, 1)),
      { numRuns: 100 },
    );
  });

  it('shows a line that was written twice', () => {
    const twice = changeOf((lines, index, other) => void lines.splice(other, 0, lines[index] ?? ''));
    fc.assert(twice, { numRuns: 100 });
  });

  it('shows two lines that changed places', () => {
    const swapped = changeOf((lines, index, other) => {
      [lines[index], lines[other]] = [lines[other] ?? '', lines[index] ?? ''];
    });
    fc.assert(swapped, { numRuns: 100 });
  });

  it('shows where it was cut off', () => {
    const cut = fc.property(place, ({ file, at }) => {
      const name = names[file % names.length] ?? '';
      const bytes = bytesOf(name);
      expect(damagesWith(name, bytes.subarray(0, Math.floor(at * bytes.length)))).toBeGreaterThan(0);
    });
    fc.assert(cut, { numRuns: 200 });
  });

  it('shows a file that is gone, or has the name of another', () => {
    for (const name of names) {
      rmSync(pathOf(name));
      expect(proveAudit(folder.path).damages).toBeGreaterThan(0);
      writeFileSync(pathOf(name), bytesOf(name));
    }
    const [first = '', second = ''] = names;
    renameSync(pathOf(first), pathOf('x'));
    renameSync(pathOf(second), pathOf(first));
    renameSync(pathOf('x'), pathOf(second));
    expect(proveAudit(folder.path).damages).toBeGreaterThan(0);
    for (const name of names) writeFileSync(pathOf(name), bytesOf(name));
    expect(proveAudit(folder.path).damages).toBe(0);
  });
});

it('two records show every one of their bytes that was changed', () => {
  using own = temporaryFolder();
  writeAudit(own, 2);
  const file = join(own.path, 'audit/audit.jsonl');
  const bytes = readFileSync(file);
  const unnoticed = [...bytes.keys()].filter((index) => {
    const changed = Buffer.from(bytes);
    changed[index] = (changed[index] ?? 0) ^ 1;
    writeFileSync(file, changed);
    return proveAudit(own.path).damages === 0;
  });
  expect(unnoticed).toEqual([]);
});

describe('what is said of a damage', () => {
  /** Three records, changed by the test; what was found, and what expected. */
  function foundWith(change: (lines: string[]) => void) {
    using own = temporaryFolder();
    writeAudit(own, 3);
    const file = join(own.path, 'audit/audit.jsonl');
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    change(lines);
    writeFileSync(file, joined(lines));
    const proven = proveAudit(own.path);
    return { found: damagesOf(proven), expected: proven.shown.map(({ expected }) => expected) };
  }
  const hash = expect.stringMatching(/content with the hash [0-9a-f]{64}$/);

  it('a record that was changed', () => {
    const { found, expected } = foundWith((lines) => {
      lines[1] = (lines[1] ?? '').replace('runner-2 is', 'runner-9 is');
    });
    expect(found).toEqual([expect.stringMatching(/^audit.jsonl:2 #2: content with the hash [0-9a-f]{64}$/)]);
    expect(expected).toEqual([hash]);
  });

  it('a record that was written in another way', () => {
    const { found } = foundWith((lines) => {
      lines[1] = (lines[1] ?? '').replace('{"@timestamp"', '{ "@timestamp"');
    });
    expect(found).toEqual(['audit.jsonl:2 #2: a record that is written in another way']);
  });

  it('records that are missing', () => {
    expect(foundWith((lines) => lines.splice(1, 1))).toEqual({
      found: ['audit.jsonl:2 #3: record 3'],
      expected: ['record 2, which is missing'],
    });
    expect(foundWith((lines) => lines.splice(0, 2))).toEqual({
      found: ['audit.jsonl:1 #3: record 3 at the beginning'],
      expected: ['record 1; 1 to 2 are missing'],
    });
    expect(foundWith((lines) => lines.splice(1))).toEqual({
      found: ['audit.jsonl:undefined #1: record 1 at the end'],
      expected: ['record 2; 2 to 3 are missing'],
    });
  });

  it('records that changed places', () => {
    expect(foundWith((lines) => lines.reverse()).found).toEqual([
      'audit.jsonl:2 #2: record 2 again or too late',
      'audit.jsonl:3 #1: record 1 again or too late',
      'audit.jsonl:1 #3: record 3 at the beginning',
      'audit.jsonl:undefined #1: record 1 at the end',
    ]);
  });

  it('a line that is no record, and one that is too long', () => {
    const { found } = foundWith((lines) => lines.splice(1, 1, 'hello', 'x'.repeat(1_000_000)));
    expect(found.slice(0, 2)).toEqual([
      'audit.jsonl:2 #2: a line that is no record',
      'audit.jsonl:3 #3: a line that is longer than any record',
    ]);
  });

  it('the log of another machine', () => {
    using own = temporaryFolder();
    using other = temporaryFolder();
    writeAudit(own, 3);
    writeAudit({ ...other }, 1);
    writeAudit({ ...other }, 2);
    copyFileSync(join(other.path, 'audit/audit.jsonl'), join(own.path, 'audit/audit.jsonl'));
    expect(damagesOf(proveAudit(own.path))).toEqual([
      expect.stringMatching(/^audit.jsonl:undefined #3: record 3 with the hash [0-9a-f]{64}$/),
    ]);
  });

  it('not more than fits on a screen', () => {
    const { found } = foundWith((lines) => lines.push(...Array.from({ length: 99 }, () => 'hello')));
    expect(found).toHaveLength(20);
  });
});
