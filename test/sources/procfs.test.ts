import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { readBoundedFile } from '../../src/lib/bounded-file.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createProcfs } from '../../src/sources/procfs/procfs.ts';
import { createStatfs, type FilesystemStats } from '../../src/sources/procfs/statfs.ts';
import { createTimex, parseTimex } from '../../src/sources/procfs/timex.ts';
import { createReader, createTree } from '../../src/sources/procfs/tree.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from '../support/processes.ts';
import { binary } from '../support/services.ts';

const { signal } = new AbortController();
const space: FilesystemStats = { size: 1, free: 1, available: 1, files: 1, filesFree: 1 };

describe('readBoundedFile', () => {
  it('reads a file that says that it is empty, as procfs does', async () => {
    expect(await readBoundedFile('/proc/self/status', 100_000)).toContain('Name:');
  });

  it('refuses a file beyond the bound', async () => {
    using folder = temporaryFolder({ big: 'x'.repeat(100_001) });
    await expect(readBoundedFile(`${folder.path}/big`, 100_000)).rejects.toThrow('has more than 100000 bytes');
    expect(await readBoundedFile(`${folder.path}/big`, 100_001)).toHaveLength(100_001);
  });
});

describe('createProcfs', () => {
  it('reads below procfs and asks mounts below rootfs', async () => {
    using folder = temporaryFolder({ 'proc/loadavg': '1 2 3\n', 'root/data/file': '' });
    const paths = { procfs: `${folder.path}/proc`, sysfs: '/sys', rootfs: `${folder.path}/root` };
    const procfs = createProcfs({ clock: systemClock, ...paths });
    expect(await procfs.read('loadavg', signal)).toBe('1 2 3\n');
    expect((await procfs.statfs('/data', signal)).size).toBeGreaterThan(0);
    await expect(procfs.read('stat', signal)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(procfs.statfs('/gone', signal)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('createStatfs', () => {
  /** Mounts that hang until they are told to answer. */
  function hanging(...paths: readonly string[]) {
    const clock = new FakeClock();
    const asked: string[] = [];
    const answers = new Map(paths.map((path) => [path, Promise.withResolvers<FilesystemStats>()]));
    const statfs = createStatfs(clock, (path) => {
      asked.push(path);
      return answers.get(path)?.promise ?? Promise.resolve(space);
    });
    async function ask(path: string): Promise<unknown> {
      const answer = statfs(path, signal).catch((error: Error) => error.message);
      await clock.advance(1_000);
      await clock.advance(1_000);
      return answer;
    }
    return { ask, asked, clock, release: (path: string) => answers.get(path)?.resolve(space) };
  }

  it('waits a second for a mount, and for none that still owes an answer', async () => {
    const { ask, asked } = hanging('/nas');
    expect(await ask('/nas')).toBe('/nas did not answer within 1 s');
    expect(await ask('/nas')).toBe('/nas has not answered an earlier statfs');
    expect(await ask('/')).toEqual(space);
    expect(asked).toEqual(['/nas', '/']);
  });

  it('asks a mount again once it has answered', async () => {
    const { ask, asked, release } = hanging('/nas');
    await ask('/nas');
    release('/nas');
    expect(await ask('/nas')).toEqual(space);
    expect(asked).toEqual(['/nas', '/nas']);
  });

  it('gives two threads to hung mounts, and no third', async () => {
    const { ask, asked, release } = hanging('/a', '/b', '/c');
    await ask('/a');
    await ask('/b');
    expect(await ask('/c')).toBe('/c was not asked: 2 other mounts hang');
    expect(await ask('/')).toBe('/ was not asked: 2 other mounts hang');
    release('/a');
    expect(await ask('/')).toEqual(space);
    expect(asked).toEqual(['/a', '/b', '/']);
  });

  it('asks one mount at a time', async () => {
    let active = 0;
    let most = 0;
    const statfs = createStatfs(new FakeClock(), async () => {
      active += 1;
      most = Math.max(most, active);
      await Promise.resolve();
      active -= 1;
      return space;
    });
    await Promise.all(Array.from({ length: 20 }, (_, index) => statfs(`/${index}`, signal)));
    expect(most).toBe(1);
  });
});

describe('createTree', () => {
  const treeAt = (path: string) => createTree(createReader(systemClock), path);

  it('gives the attributes that can be read, and lists what is there', () => {
    using folder = temporaryFolder({ 'net/eth0/mtu': '1500\n', 'net/eth0/ifalias': '\n', 'net/eth0/deep/file': '' });
    const tree = treeAt(folder.path);
    expect([...tree.attributes('net/eth0', ['mtu', 'ifalias', 'speed', 'deep'])]).toEqual([
      ['mtu', '1500'],
      ['ifalias', ''],
    ]);
    expect(tree.attributes('net/eth1', ['mtu']).size).toBe(0);
    expect(tree.list('net/eth0')).toEqual(['deep', 'ifalias', 'mtu']);
    expect(() => tree.list('net/eth1')).toThrow('ENOENT');
  });

  it('follows links', () => {
    using folder = temporaryFolder({ 'devices/platform/coretemp.0/name': 'coretemp\n' });
    symlinkSync('../devices/platform/coretemp.0', `${folder.path}/devices/link`);
    const tree = treeAt(folder.path);
    expect(tree.link('devices/link')).toBe('../devices/platform/coretemp.0');
    expect(tree.link('devices/platform')).toBeUndefined();
    expect(tree.realPath('devices/platform/coretemp.0').slice(-2)).toEqual(['platform', 'coretemp.0']);
    expect(tree.realPath('nothing')).toEqual([]);
  });

  it('leaves no error behind that nobody hears, where the collection ends first', async () => {
    using folder = temporaryFolder();
    const unheard: unknown[] = [];
    const hear = (error: unknown): void => void unheard.push(error);
    process.on('unhandledRejection', hear);
    const ended = new AbortController();
    const reading = treeAt(folder.path).read('nothing', ended.signal);
    ended.abort(new Error('the collection has ended'));
    await expect(reading).rejects.toThrow('the collection has ended');
    await expect(treeAt(folder.path).read('nothing', ended.signal)).rejects.toThrow('the collection has ended');
    await treeAt(folder.path)
      .read('else', signal)
      .catch(() => undefined);
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  });

  it('gives a file that hangs up after 2 s, does not wait for it again, and reads the others', async () => {
    using folder = temporaryFolder({ good: 'text' });
    execFileSync(binary('mkfifo'), [`${folder.path}/hung`]);
    const clock = new FakeClock();
    const tree = createTree(createReader(clock), folder.path);
    const first = tree.read('hung', signal).catch((error: Error) => error.message);
    expect(await tree.read('good', signal)).toBe('text');
    await clock.advance(2_000);
    expect(await first).toBe('hung did not answer within 2 s');
    await expect(tree.read('hung', signal)).rejects.toThrow('hung has not answered an earlier read');
    // A writer that goes away ends the read, and the thread is free again.
    writeFileSync(`${folder.path}/hung`, 'late');
    await vi.waitFor(async () => expect(await tree.read('good', signal)).toBe('text'));
  });
});

describe('createTimex', () => {
  const answer = '0 0 1500 -655360 21000 500 8193 7 1 32768000 1700000000 5 10000 0 0 0 0 0 0 0 0 37';

  it('asks at most every 5 s', async () => {
    const clock = new FakeClock();
    let asked = 0;
    const timex = createTimex(clock, async () => `${answer.replace('1500', String(++asked))}`);
    expect(await timex(signal)).toMatchObject({ state: 0, offset: 1, freq: -655360, status: 8193, tai: 37 });
    expect(await timex(signal)).toMatchObject({ offset: 1 });
    await clock.advance(5_000);
    expect(await timex(signal)).toMatchObject({ offset: 2 });
  });

  it('looks for a missing program once', async () => {
    let asked = 0;
    const timex = createTimex(new FakeClock(), async () => {
      asked += 1;
      throw Object.assign(new Error('spawn perl ENOENT'), { code: 'ENOENT' });
    });
    await expect(timex(signal)).rejects.toThrow('ENOENT');
    await expect(timex(signal)).rejects.toThrow('ENOENT');
    expect(asked).toBe(1);
  });

  it.each(['', '0 0', `${answer} 1`, answer.replace('1500', 'x')])('refuses %j', (text) => {
    expect(parseTimex(text)).toBeUndefined();
  });
});
