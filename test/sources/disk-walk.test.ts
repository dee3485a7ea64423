import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createDiskWalk } from '../../src/sources/disk-walk.ts';
import { FakeClock } from '../support/fake-clock.ts';

const { signal } = new AbortController();
const wide = { entries: 10_000, ms: 10_000 };
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'runnerwatch-walk-'));
});
afterEach(() => rm(root, { recursive: true }));

async function fill(folder: string, files: number, bytes = 5000): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let index = 0; index < files; index++) await writeFile(join(folder, `file ${index}`), Buffer.alloc(bytes, 1));
}

function du(folder: string): number {
  return Number(execFileSync('du', ['-sx', '--block-size=1', folder], { encoding: 'utf8' }).split('\t')[0]);
}

function walk(path: string, bounds = wide, clock = systemClock) {
  return createDiskWalk(clock).directory({ root, path }, bounds, signal);
}

/** Nothing is closed to root: its rights are put down for as long as this is held. */
function asNobody(): AsyncDisposable {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  return {
    [Symbol.asyncDispose]: async () => {
      if (isRoot) process.seteuid?.(0);
    },
  };
}

describe('a walk over a directory', () => {
  it('counts what du counts: deep and wide, sparse and linked, names of any bytes', async () => {
    await fill(join(root, 'work/a/b/c'), 3);
    await fill(join(root, 'work/wide'), 200, 1);
    await writeFile(join(root, 'work/"quote"\nline ☃'), 'x');
    await link(join(root, 'work/a/b/c/file 0'), join(root, 'work/again'));
    await writeFile(join(root, 'work/sparse'), '');
    await truncate(join(root, 'work/sparse'), 2 ** 30);
    expect(await walk('work')).toEqual({ bytes: du(join(root, 'work')), entries: 211, complete: true });
    expect(await walk('')).toMatchObject({ bytes: du(root), complete: true });
  });

  it('never follows a link, neither below it nor on the way to it', async () => {
    await fill(join(root, 'elsewhere'), 50);
    await mkdir(join(root, 'work'));
    await symlink(join(root, 'elsewhere'), join(root, 'work/link'));
    await symlink('..', join(root, 'work/loop'));
    expect(await walk('work')).toMatchObject({ entries: 3, complete: true });
    expect(await walk('work/link')).toBeUndefined();
    await fill(join(root, 'elsewhere/deep'), 1);
    expect(await walk('work/link/deep')).toBeUndefined();
  });

  it.each(['missing', 'file', 'file/below'])('is none where there is no directory: %s', async (path) => {
    await writeFile(join(root, 'file'), 'x');
    expect(await walk(path)).toBeUndefined();
  });

  it.each([1, 10, 100, 205])('stops at %i entries, and says that there is more', async (entries) => {
    await fill(join(root, 'work/a'), 100, 1);
    await fill(join(root, 'work/b'), 110, 1);
    const result = await walk('work', { entries, ms: 10_000 });
    expect(result?.complete).toBe(false);
    expect(result?.entries).toBeLessThanOrEqual(entries);
    expect(result?.entries).toBeGreaterThan(entries - 3);
  });

  it('stops when its time is over, and says that there is more', async () => {
    await fill(join(root, 'work'), 300, 1);
    let now = 0;
    const clock = new FakeClock();
    const ticking = { now: () => 0, monotonic: () => (now += 10), sleep: clock.sleep.bind(clock) };
    const result = await walk('work', { entries: 10_000, ms: 35 }, ticking);
    expect(result?.complete).toBe(false);
    expect(result?.entries).toBeLessThan(301);
  });

  it('says that there is more where it may not look', async () => {
    await fill(join(root, 'work/closed'), 1);
    await chmod(root, 0o755);
    await chmod(join(root, 'work/closed'), 0);
    await using _nobody = asNobody();
    expect(await walk('work')).toMatchObject({ complete: false });
  });

  it('ends with its caller, and walks one after the other', async () => {
    await fill(join(root, 'work'), 500, 1);
    const disk = createDiskWalk(systemClock);
    const stop = new AbortController();
    const first = disk.directory({ root, path: 'work' }, wide, stop.signal);
    const second = disk.directory({ root, path: 'work' }, wide, signal);
    stop.abort(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
    expect(await second).toMatchObject({ entries: 501, complete: true });
  });

  it('leaves the loop free', async () => {
    await fill(join(root, 'work'), 2000, 1);
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    count();
    await walk('work');
    isOver = true;
    expect(turns).toBeGreaterThan(1000);
  });
});

it('a file has its length, and none where it is missing or no file', async () => {
  const disk = createDiskWalk(systemClock);
  await writeFile(join(root, 'log'), 'x'.repeat(1234));
  expect(await disk.file(join(root, 'log'), signal)).toBe(1234);
  expect(await disk.file(join(root, 'missing'), signal)).toBeUndefined();
  expect(await disk.file(root, signal)).toBeUndefined();
});
