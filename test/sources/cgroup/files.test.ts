import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKernelFiles } from '../../../src/sources/cgroup/files.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const { signal } = new AbortController();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runnerwatch-files-'));
  // Opened for reading, each hangs until somebody writes.
  for (const name of ['one', 'two', 'three']) execFileSync('mkfifo', [join(folder, name)]);
  await writeFile(join(folder, 'good'), '7\n');
});
afterAll(() => rm(folder, { recursive: true }));

async function release(name: string): Promise<void> {
  await (await open(join(folder, name), 'w')).close();
}

it('a file that hangs costs its reader its own time, and two of them nobody else any', async () => {
  const clock = new FakeClock();
  const files = createKernelFiles(clock);
  const hanging = ['one', 'two'].map((name) => files.read(join(folder, name), signal));
  const outcomes = Promise.allSettled(hanging);
  expect(await files.read(join(folder, 'good'), signal)).toBe('7\n');
  await clock.advance(2_000);
  expect(await outcomes).toEqual([
    { status: 'rejected', reason: expect.objectContaining({ message: expect.stringContaining('one did not answer') }) },
    { status: 'rejected', reason: expect.objectContaining({ message: expect.stringContaining('two did not answer') }) },
  ]);
  await expect(files.read(join(folder, 'three'), signal)).rejects.toThrow('2 files before it do not answer');
  await release('one');
  await expect.poll(() => files.read(join(folder, 'good'), signal).catch(() => undefined)).toBe('7\n');
  await release('two');
});

it('what is not there is no error, and neither is asked after the end', async () => {
  const files = createKernelFiles(new FakeClock());
  expect(await files.read(join(folder, 'missing'), signal)).toBeUndefined();
  expect(await files.exists(join(folder, 'missing'), signal)).toBe(false);
  expect(await files.exists(join(folder, 'good'), signal)).toBe(true);
  await expect(files.read(join(folder, 'good'), AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
});
