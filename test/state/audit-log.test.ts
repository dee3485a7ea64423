import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/state/database.ts';
import { damagesOf, online, openAudit, proveAudit, writeAudit } from '../support/audit.ts';
import { temporaryFolder } from '../support/processes.ts';

interface Written {
  readonly event: { readonly action: string; readonly sequence: number };
  readonly labels: Readonly<Record<string, string>>;
  readonly message: string;
}

function recordsIn(...path: readonly string[]): readonly Written[] {
  const lines = readFileSync(join(...path), 'utf8').trimEnd();
  return lines.split('\n').map((line) => JSON.parse(line));
}

function actionsIn(...path: readonly string[]): readonly string[] {
  return recordsIn(...path).map(({ event }) => event.action);
}

describe('the audit log', () => {
  it('goes on where it ended, for its owner only', () => {
    using folder = temporaryFolder();
    writeAudit(folder, 3);
    writeAudit(folder, 2);
    const file = join(folder.path, 'audit/audit.jsonl');
    expect(recordsIn(file).map(({ event }) => event.sequence)).toEqual([1, 2, 3, 4, 5]);
    expect([statSync(file).mode & 0o777, statSync(join(folder.path, 'audit')).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(proveAudit(folder.path)).toMatchObject({ records: 5, damages: 0, notes: [] });
  });

  it('writes what happens in one turn together, at its end', async () => {
    using folder = temporaryFolder();
    using audit = openAudit(folder);
    audit.audit(online('a'));
    audit.audit(online('b'));
    expect(readdirSync(folder.path)).not.toContain('audit');
    await Promise.resolve();
    expect(actionsIn(audit.folder, 'audit.jsonl')).toEqual(['runner-online', 'runner-online']);
    expect(audit.meter).toEqual({
      ...{ written: ['runner-online', 'runner-online'], dropped: 0, states: [true], sequence: 2, broken: 0 },
    });
  });

  it('writes nothing where it is switched off, and goes on where it is switched on', () => {
    using folder = temporaryFolder();
    using audit = openAudit({ ...folder, config: { enabled: false } });
    audit.write(online('a'));
    expect(readdirSync(folder.path)).not.toContain('audit');
    audit.configure({});
    audit.write(online('b'));
    expect(recordsIn(audit.folder, 'audit.jsonl').map(({ labels }) => labels.runner)).toEqual(['b']);
  });

  it('takes ten thousand records without losing one', () => {
    using folder = temporaryFolder();
    const begin = performance.now();
    writeAudit(folder, 10_000);
    const took = Math.round(performance.now() - begin);
    process.stdout.write(`10,000 audit records, on the disk, in ${took} ms\n`);
    expect(proveAudit(folder.path)).toMatchObject({ records: 10_000, damages: 0, notes: [] });
  });

  it('begins another file where one is full, keeps as many as it may, and says so', () => {
    using folder = temporaryFolder();
    using audit = openAudit({ ...folder, config: { max_file_size: 4096, max_files: 3 } });
    for (let index = 0; index < 40; index++) audit.write(online(`runner-${index}`));
    const names = readdirSync(audit.folder).sort();
    expect(names).toHaveLength(3);
    const [oldest = ''] = names;
    const first = recordsIn(audit.folder, oldest)[0];
    expect(oldest).toBe(`audit-${first?.event.sequence}.jsonl`);
    const [rotated] = recordsIn(audit.folder, 'audit.jsonl');
    expect(rotated).toMatchObject({
      event: { action: 'audit-rotated' },
      labels: { first_sequence: String(first?.event.sequence) },
    });
    for (const name of names) expect(statSync(join(audit.folder, name)).size).toBeLessThanOrEqual(4096);
    const proven = proveAudit(folder.path);
    expect(proven).toMatchObject({ damages: 0, first: { head: { sequence: first?.event.sequence } } });
    expect(proven.notes).toEqual([`records before ${first?.event.sequence} are not here: nothing is proven of them`]);
  });

  it('begins another file in the middle of a batch, and takes a new bound at once', () => {
    using folder = temporaryFolder();
    using audit = openAudit({ ...folder, config: { max_file_size: 2048, max_files: 50 } });
    for (let index = 0; index < 30; index++) audit.audit(online(`runner-${index}`));
    audit.flush();
    expect(readdirSync(audit.folder).length).toBeGreaterThan(5);
    expect(audit.meter.written.filter((action) => action === 'runner-online')).toHaveLength(30);
    audit.configure({ max_file_size: 1, max_files: 2 });
    audit.write(online('last'));
    expect(readdirSync(audit.folder)).toHaveLength(2);
    expect(proveAudit(folder.path)).toMatchObject({ damages: 0 });
  });
});

describe('an end that is not as it was left', () => {
  it('sets half a line aside, and goes on', () => {
    using folder = temporaryFolder();
    writeAudit(folder, 3);
    const file = join(folder.path, 'audit/audit.jsonl');
    appendFileSync(file, '{"@timestamp":"2026-');
    using audit = openAudit(folder);
    audit.write(online('next'));
    expect(actionsIn(file)).toEqual([
      'runner-online',
      'runner-online',
      'runner-online',
      'audit-repaired',
      'runner-online',
    ]);
    expect(readFileSync(join(audit.folder, 'audit.damaged-20260101T000000000Z'), 'utf8')).toBe('{"@timestamp":"2026-');
    expect(audit.told).toEqual(['audit log was not as it was left: 20 bytes behind its last record were set aside']);
    expect(proveAudit(folder.path)).toMatchObject({ records: 5, damages: 0 });
  });

  it('takes over records that the state does not know yet', () => {
    using folder = temporaryFolder();
    writeAudit(folder, 2);
    copyFileSync(join(folder.path, 'runnerwatch.db'), join(folder.path, 'before.db'));
    writeAudit(folder, 2);
    copyFileSync(join(folder.path, 'before.db'), join(folder.path, 'runnerwatch.db'));
    const unnoted = proveAudit(folder.path);
    expect(unnoted).toMatchObject({ records: 4, damages: 0 });
    expect(unnoted.notes).toEqual([
      'the last 2 records are newer than the end that was kept, as a stop can leave them',
    ]);
    using audit = openAudit(folder);
    audit.write(online('next'));
    expect(recordsIn(audit.folder, 'audit.jsonl')[4]?.message).toBe(
      'The log was not as it was left: 2 records were written just before the last stop.',
    );
    expect(proveAudit(folder.path)).toMatchObject({ records: 6, damages: 0 });
  });

  it('takes over the whole log where the state is new', () => {
    using folder = temporaryFolder();
    writeAudit(folder, 2);
    rmSync(join(folder.path, 'runnerwatch.db'));
    openDatabase(join(folder.path, 'runnerwatch.db'))[Symbol.dispose]();
    expect(damagesOf(proveAudit(folder.path))).toEqual(['audit.jsonl:undefined #2: no end of the log in the state']);
    writeAudit(folder, 1);
    expect(actionsIn(folder.path, 'audit/audit.jsonl').slice(2)).toEqual(['audit-repaired', 'runner-online']);
    expect(proveAudit(folder.path)).toMatchObject({ records: 4, damages: 0 });
  });

  it('goes on after a stop between two files', () => {
    using folder = temporaryFolder();
    writeAudit(folder, 2);
    renameSync(join(folder.path, 'audit/audit.jsonl'), join(folder.path, 'audit/audit-1.jsonl'));
    expect(proveAudit(folder.path)).toMatchObject({ records: 2, damages: 0, notes: [] });
    writeFileSync(join(folder.path, 'audit/audit.jsonl'), '');
    writeAudit(folder, 1);
    expect(actionsIn(folder.path, 'audit/audit.jsonl')).toEqual(['audit-rotated', 'runner-online']);
    expect(proveAudit(folder.path)).toMatchObject({ records: 4, damages: 0, notes: [] });
  });

  it.each([
    [
      'its tail was cut off',
      (file: string) => truncateSync(file, readFileSync(file, 'utf8').indexOf('\n') + 1),
      'audit-1.jsonl',
    ],
    ['it is gone', (file: string) => rmSync(file), undefined],
    ['it is another file', (file: string) => writeFileSync(file, 'hello\n'), 'audit.damaged-20260101T000000000Z'],
  ])('begins anew where %s, and can never be proven again', (_, spoil, keptAs) => {
    using folder = temporaryFolder();
    writeAudit(folder, 3);
    spoil(join(folder.path, 'audit/audit.jsonl'));
    expect(proveAudit(folder.path).damages).toBeGreaterThan(0);
    {
      using audit = openAudit(folder);
      audit.write(online('next'));
      expect(audit.meter).toMatchObject({ broken: 1, states: [true], sequence: 5 });
      expect(audit.told).toEqual([
        expect.stringContaining('audit log was interrupted; run runnerwatch audit verify: '),
      ]);
    }
    expect(readdirSync(join(folder.path, 'audit')).sort()).toEqual([...(keptAs ? [keptAs] : []), 'audit.jsonl']);
    expect(recordsIn(folder.path, 'audit/audit.jsonl')[0]).toMatchObject({
      event: { action: 'audit-broken', sequence: 4, outcome: 'failure' },
    });
    writeAudit(folder, 1);
    expect(proveAudit(folder.path).shown.map(({ found }) => found)).toContainEqual(
      expect.stringContaining('The log could not go on where it ended'),
    );
  });

  it.each([
    ['deleted', (file: string) => rmSync(file), ['audit-broken', 'runner-online']],
    ['cut off', (file: string) => truncateSync(file), ['audit-broken', 'runner-online']],
    [
      'replaced by a copy of itself',
      (file: string) => {
        copyFileSync(file, `${file}.copy`);
        renameSync(`${file}.copy`, file);
      },
      ['runner-online', 'runner-online', 'audit-repaired', 'runner-online'],
    ],
    [
      'written to by somebody else',
      (file: string) => appendFileSync(file, 'hello\n'),
      ['runner-online', 'runner-online', 'audit-repaired', 'runner-online'],
    ],
  ])('is noticed at the next record where the file was %s', (_, spoil, expected) => {
    using folder = temporaryFolder();
    using audit = openAudit(folder);
    audit.write(online('a'), online('b'));
    spoil(join(audit.folder, 'audit.jsonl'));
    audit.write(online('c'));
    expect(actionsIn(audit.folder, 'audit.jsonl')).toEqual(expected);
    expect(audit.told).toHaveLength(1);
    expect(proveAudit(folder.path).damages > 0).toBe(expected.includes('audit-broken'));
  });

  it('does not take records that somebody else linked to its end', () => {
    using folder = temporaryFolder();
    using other = temporaryFolder();
    using audit = openAudit(folder);
    audit.write(online('a'));
    mkdirSync(join(other.path, 'audit'));
    const file = join(audit.folder, 'audit.jsonl');
    copyFileSync(file, join(other.path, 'audit/audit.jsonl'));
    writeAudit(other, 1);
    const forged = readFileSync(join(other.path, 'audit/audit.jsonl'), 'utf8').split('\n').slice(1).join('\n');
    appendFileSync(file, forged);
    audit.write(online('b'));
    expect(actionsIn(file)).toEqual(['runner-online', 'audit-repaired', 'runner-online']);
    expect(proveAudit(folder.path)).toMatchObject({ records: 3, damages: 0 });
  });

  it('keeps few of the pieces that were set aside', () => {
    using folder = temporaryFolder();
    using audit = openAudit(folder);
    audit.write(online('a'));
    for (let index = 0; index < 15; index++) {
      appendFileSync(join(audit.folder, 'audit.jsonl'), `${index}`);
      audit.write(online('b'));
    }
    const pieces = readdirSync(audit.folder).filter((name) => name.startsWith('audit.damaged-'));
    expect(pieces).toHaveLength(10);
    expect(proveAudit(folder.path)).toMatchObject({ damages: 0 });
  });
});

describe('a disk that fails', () => {
  it('keeps events until it can write, says once that it cannot, and counts what it lost', async () => {
    using folder = temporaryFolder();
    // A file stands where the folder belongs.
    writeFileSync(join(folder.path, 'audit'), '');
    using audit = openAudit(folder);
    for (let index = 0; index < 1_010; index++) audit.audit(online(`runner-${index}`));
    audit.flush();
    expect(audit.meter).toMatchObject({ written: [], dropped: 10, states: [false] });
    expect(audit.told).toEqual([
      expect.stringMatching(/^audit log cannot be written; events wait until it can: .*EEXIST/),
    ]);
    await audit.clock.advance(60_000);
    rmSync(join(folder.path, 'audit'));
    audit.flush();
    expect(audit.meter).toMatchObject({ states: [false, true], sequence: 1_001 });
    const records = recordsIn(audit.folder, 'audit.jsonl');
    expect(records.slice(999).map(({ event, labels }) => [event.action, labels])).toEqual([
      ['runner-online', { runner: 'runner-999' }],
      ['audit-dropped', { dropped: '10' }],
    ]);
    expect(records[0]).toMatchObject({ '@timestamp': '2026-01-01T00:00:00.000Z' });
    expect(audit.told.at(-1)).toBe('audit log is written again');
    expect(proveAudit(folder.path)).toMatchObject({ records: 1_001, damages: 0 });
  });

  it.skipIf(process.getuid?.() !== 0)('leaves no half record on a full one', () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, 'audit'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', join(folder.path, 'audit')]);
    try {
      using audit = openAudit(folder);
      for (let index = 0; index < 200; index++) audit.write(online(`runner-${index}`));
      expect(audit.meter.states).toEqual([true, false]);
      expect(audit.told).toEqual([expect.stringContaining('ENOSPC')]);
      const proven = proveAudit(folder.path);
      expect(proven).toMatchObject({ damages: 0, notes: [] });
      expect(proven.records).toBe(audit.meter.written.length);
      execFileSync('mount', ['-o', 'remount,size=1m', join(folder.path, 'audit')]);
      audit.flush();
      expect(audit.meter).toMatchObject({ dropped: 0, sequence: 200 });
      expect(proveAudit(folder.path)).toMatchObject({ records: 200, damages: 0, notes: [] });
    } finally {
      execFileSync('umount', ['-l', join(folder.path, 'audit')]);
    }
  });

  it('writes on where only the state cannot be written, and says so', () => {
    using folder = temporaryFolder();
    using audit = openAudit(folder);
    audit.write(online('a'));
    using other = openDatabase(join(folder.path, 'runnerwatch.db'));
    other.run('ALTER TABLE audit_head RENAME TO elsewhere');
    audit.write(online('b'), online('c'));
    expect(audit.meter).toMatchObject({ states: [true, false], sequence: 3 });
    other.run('ALTER TABLE elsewhere RENAME TO audit_head');
    audit.flush();
    expect(audit.meter.states).toEqual([true, false, true]);
    expect(proveAudit(folder.path)).toMatchObject({ records: 3, damages: 0, notes: [] });
  });
});
