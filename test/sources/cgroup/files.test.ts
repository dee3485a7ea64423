import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createVisits } from '../../../src/sources/cgroup/files.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const { signal } = new AbortController();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runnerwatch-files-'));
  // Opened for reading, each hangs until somebody writes.
  for (const name of ['one', 'two', 'three']) execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, name)]);
  await writeFile(join(folder, 'good'), '7\n');
});
afterAll(() => rm(folder, { recursive: true }));

async function release(name: string): Promise<void> {
  await (await open(join(folder, name), 'w')).close();
}

it('a file that hangs costs its reader its own time, and two of them nobody else any', async () => {
  const clock = new FakeClock();
  const visit = createVisits(clock);
  const read = (name: string) => visit(name, signal, (files) => files.read(join(folder, name)));
  const hanging = Promise.allSettled(['one', 'two'].map(read));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await clock.advance(2_000);
  expect((await hanging).map((outcome) => outcome.status === 'rejected' && outcome.reason.message)).toEqual([
    'one did not answer within 2 s',
    'two did not answer within 2 s',
  ]);
  await expect(read('good')).rejects.toThrow('good was not read: what was read before it does not answer');
  await release('one');
  await expect.poll(() => read('good').catch(() => undefined)).toBe('7\n');
  await release('two');
});

it('what is not there is no error, and nothing is asked after the end', async () => {
  const visit = createVisits(new FakeClock());
  const missing = join(folder, 'missing');
  expect(await visit('missing', signal, (files) => files.read(missing))).toBeUndefined();
  expect(await visit('missing', signal, async (files) => files.readNow(missing))).toBeUndefined();
  expect(await visit('good', signal, async (files) => files.readNow(join(folder, 'good')))).toBe('7\n');
  const stopped = AbortSignal.abort(new Error('stopped'));
  await expect(visit('good', stopped, (files) => files.read(join(folder, 'good')))).rejects.toThrow('stopped');
});

it('only what the kernel makes up in memory is taken for its own', async () => {
  const visit = createVisits(new FakeClock());
  const isOwn = (path: string) => visit(path, signal, (files) => files.isKernelOwn(path));
  expect(await isOwn('/proc/self')).toBe(true);
  expect(await isOwn(folder)).toBe(false);
  expect(await isOwn(join(folder, 'missing'))).toBe(false);
});

it('more readers than may read at once take turns', async () => {
  const visit = createVisits(new FakeClock());
  let open = 0;
  let most = 0;
  const visits = Array.from({ length: 10 }, () =>
    visit('good', signal, async (files) => {
      most = Math.max(most, ++open);
      const text = await files.read(join(folder, 'good'));
      open -= 1;
      return text;
    }),
  );
  expect(new Set(await Promise.all(visits))).toEqual(new Set(['7\n']));
  expect(most).toBe(2);
});
