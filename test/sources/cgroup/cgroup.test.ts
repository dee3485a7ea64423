import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTree, id, type Layout, type Moment, pid, v1Layout } from './tree.ts';

const { signal } = new AbortController();
const MiB = 2 ** 20;

const afterLoad = {
  cpu: { usageSeconds: 31.23, userSeconds: 30.5, systemSeconds: 0.73 },
  throttling: { periods: 640, throttledPeriods: 571, throttledSeconds: 29.87 },
  blockIo: [
    { device: '8:0', readBytes: 1_052_672, writeBytes: 4_194_304, reads: 33, writes: 64 },
    { device: '253:1', readBytes: 8192, writeBytes: 0, reads: 2, writes: 0 },
  ],
  threads: 5,
  processes: 3,
  networks: [
    {
      interface: 'eth0',
      receive: { bytes: 34_112_000, packets: 23_100, errors: 1, dropped: 2 },
      transmit: { bytes: 520_126, packets: 7800, errors: 3, dropped: 4 },
    },
    {
      interface: 'eth1',
      receive: { bytes: 64, packets: 1, errors: 0, dropped: 0 },
      transmit: { bytes: 0, packets: 0, errors: 0, dropped: 0 },
    },
  ],
};

const memory = {
  cacheBytes: 8 * MiB + 4096,
  rssBytes: 68 * MiB + 98_304,
  mappedFileBytes: 2 * MiB,
  swapBytes: 12_288,
  maxUsageBytes: 96 * MiB,
  limitHits: 37,
  oomKills: 1,
};

const scope = `/system.slice/docker-${id}.scope`;
const plain = `/docker/${id}`;

const v2Layouts: Readonly<Record<string, Layout>> = {
  'the systemd driver': { cgroup: `0::${scope}\n`, folders: { '': scope } },
  'the cgroupfs driver': { cgroup: `0::${plain}\n`, folders: { '': plain } },
  'a group that the container made below its own': { cgroup: `0::${plain}/init\n`, folders: { '': plain } },
  'a parent of its own': {
    cgroup: `0::/ci.slice/ci-runners.slice/docker-${id}.scope\n`,
    folders: { '': `/ci.slice/ci-runners.slice/docker-${id}.scope` },
  },
  'a reader in a private cgroup namespace, systemd': { cgroup: `0::/../docker-${id}.scope\n`, folders: { '': scope } },
  'a reader in a private cgroup namespace, cgroupfs': { cgroup: `0::/../${id}\n`, folders: { '': plain } },
  'a reader two groups deep': {
    cgroup: `0::/../../ci.slice/docker-${id}.scope\n`,
    folders: { '': `/ci.slice/docker-${id}.scope` },
  },
  "systemd's hybrid layout": { cgroup: `1:name=systemd:/\n0::${plain}\n`, folders: { '': `unified${plain}` } },
};

const v1Layouts: Readonly<Record<string, Layout>> = {
  'the cgroupfs driver': v1Layout(plain),
  'the systemd driver, beside the unified hierarchy': v1Layout(scope, `0::${scope}\n`),
  'controllers that share a mount': {
    cgroup: `4:cpu,cpuacct:${plain}\n3:memory:${plain}\n2:pids:${plain}\n1:blkio:${plain}\n`,
    folders: {
      cpu: `cpu,cpuacct${plain}`,
      cpuacct: `cpu,cpuacct${plain}`,
      memory: `memory${plain}`,
      pids: `pids${plain}`,
      blkio: `blkio${plain}`,
    },
  },
};

describe('cgroup v2', () => {
  it.each(Object.entries(v2Layouts))('is read with %s', async (_, layout) => {
    await using tree = await createTree();
    await tree.fill(layout, 'v2', 'after');
    expect(await tree.source.stats({ id, pid }, signal)).toEqual({
      ...afterLoad,
      memory: {
        ...memory,
        usageBytes: 76 * MiB + 98_304 + 4096 + 1_310_720 + 65_536,
        workingSetBytes: 70 * MiB + 98_304 + 4096 + 1_310_720 + 65_536,
      },
      pressure: {
        cpu: { waitingSeconds: 30.0015, stalledSeconds: 29.9 },
        memory: { waitingSeconds: 0.25, stalledSeconds: 0.125 },
        io: { waitingSeconds: 1.007, stalledSeconds: 0.906 },
      },
    });
  });

  it('measures a known load within 3 %: half a core for a minute, 64 MiB, 34,110,800 bytes, one OOM kill', async () => {
    await using tree = await createTree();
    const layout = { cgroup: `0::${scope}\n`, folders: { '': scope } };
    await tree.fill(layout, 'v2', 'before');
    const before = await tree.source.stats({ id, pid }, signal);
    await tree.fill(layout, 'v2', 'after');
    const after = await tree.source.stats({ id, pid }, signal);
    const grown = (of: (stats: typeof after) => number | undefined): number => (of(after) ?? 0) - (of(before) ?? 0);
    const within = (value: number, truth: number) => expect(Math.abs(value / truth - 1)).toBeLessThan(0.03);
    within(
      grown((stats) => stats?.cpu?.usageSeconds),
      30,
    );
    within(
      grown((stats) => stats?.memory?.workingSetBytes),
      64 * MiB,
    );
    within(
      grown((stats) => stats?.networks[0]?.receive.bytes),
      34_110_800,
    );
    expect(grown((stats) => stats?.memory?.oomKills)).toBe(1);
  });
});

describe('cgroup v2, as kernel 6.1 wrote it', () => {
  /** What the loads' own processes said of themselves in the same machine. */
  const truth = new Map(
    readFileSync(new URL('../../fixtures/cgroup/v2-recorded/truth', import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([name = '', value]) => [name, Number(value)] as const),
  );
  const told = (name: string): number => truth.get(name) ?? Number.NaN;

  it('measures half a core, 64 MiB and an OOM kill within 3 % of what the processes say', async () => {
    await using tree = await createTree();
    const layout = { cgroup: `0::${plain}\n`, folders: { '': plain } };
    const statsAt = async (moment: Moment) => {
      await tree.fill(layout, 'v2-recorded', moment);
      const stats = await tree.source.stats({ id, pid }, signal);
      if (!stats?.cpu || !stats.memory) throw new Error(`${moment} was not read`);
      return { ...stats, cpu: stats.cpu, memory: stats.memory };
    };
    const before = await statsAt('before');
    const after = await statsAt('after');
    const killed = await statsAt('oom');
    const seconds = after.cpu.usageSeconds - before.cpu.usageSeconds;
    expect(Math.abs(seconds / ((told('busy_nanoseconds') + told('holder_nanoseconds')) / 1e9) - 1)).toBeLessThan(0.03);
    const bytes = (after.memory.rssBytes ?? 0) - (before.memory.rssBytes ?? 0);
    expect(Math.abs(bytes / told('held_bytes') - 1)).toBeLessThan(0.03);
    expect([before, after, killed].map((stats) => stats.memory.oomKills)).toEqual([0, 0, 1]);
    expect(after.pressure?.cpu?.waitingSeconds).toBeGreaterThan(1);
  });
});

describe('cgroup v1', () => {
  it.each(Object.entries(v1Layouts))('is read with %s', async (_, layout) => {
    await using tree = await createTree();
    await tree.fill(layout, 'v1', 'after');
    expect(await tree.source.stats({ id, pid }, signal)).toEqual({
      ...afterLoad,
      memory: { ...memory, usageBytes: 77 * MiB, workingSetBytes: 71 * MiB },
      pressure: undefined,
    });
  });

  it.each([
    ['cpuacct', { cpu: undefined }],
    ['cpu', { throttling: undefined }],
    ['memory', { memory: undefined }],
    ['pids', { threads: undefined, processes: undefined }],
    ['blkio', { blockIo: [] }],
  ])('without the controller %s tells all but that', async (controller, missing) => {
    await using tree = await createTree();
    await tree.fill(v1Layout(plain), 'v1', 'after');
    await rm(join(tree.cgroups, controller), { recursive: true });
    const stats = await tree.source.stats({ id, pid }, signal);
    expect(stats).toMatchObject({ ...afterLoad, ...missing });
  });
});

describe('a container that is not to be seen', () => {
  const layout = { cgroup: `0::${scope}\n`, folders: { '': scope } };

  it.each([
    ['whose pid is another process here', `0::/system.slice/docker-${'0'.repeat(64)}.scope\n`],
    ['whose pid is a process of the host', '0::/user.slice/user-1000.slice/session-2.scope\n'],
    ['that the reader itself lives in', '0::/\n'],
    ['whose cgroup file is foreign', 'what is this\n::::\n\0\n'],
    ['whose cgroup file is cut off', `0::/system.slice/docker-${id.slice(0, 30)}`],
    ['whose group is not mounted here', `0::/elsewhere/${id}\n`],
  ])('%s', async (_, cgroup) => {
    await using tree = await createTree();
    await tree.fill({ ...layout, cgroup }, 'v2', 'after');
    expect(await tree.source.stats({ id, pid }, signal)).toBeUndefined();
  });

  it.each([
    ['', pid],
    ['../../etc', pid],
    [id.slice(0, 12), pid],
    [id, 0],
    [id, -1],
  ])('by the id %j and the pid %i', async (bad, of) => {
    await using tree = await createTree();
    await tree.fill(layout, 'v2', 'after');
    expect(await tree.source.stats({ id: bad, pid: of }, signal)).toBeUndefined();
  });

  it('where there is no procfs at all', async () => {
    await using tree = await createTree();
    expect(await tree.source.stats({ id, pid }, signal)).toBeUndefined();
  });
});

describe('a container that changes while it is watched', () => {
  const layout = v1Layout(plain);

  it('is gone once its group is, and back with its next process', async () => {
    await using tree = await createTree();
    await tree.fill(layout, 'v1', 'before');
    expect(await tree.source.stats({ id, pid }, signal)).toBeDefined();
    await rm(tree.cgroups, { recursive: true });
    expect(await tree.source.stats({ id, pid }, signal)).toBeUndefined();
    await tree.fill(layout, 'v1', 'after');
    expect(await tree.source.stats({ id, pid }, signal)).toBeDefined();
  });

  it('is gone once its process is, though its group is still there', async () => {
    await using tree = await createTree();
    await tree.fill(layout, 'v1', 'before');
    expect(await tree.source.stats({ id, pid }, signal)).toBeDefined();
    await rm(join(tree.procfs, String(pid)), { recursive: true });
    expect(await tree.source.stats({ id, pid }, signal)).toBeUndefined();
  });

  it.each([
    ['empty', ''],
    ['cut off', 'usage_usec 12\nuser_u'],
    ['foreign', 'Ünïcode ☃\n\0\0\n-1 -2\nusage_usec max\n'],
  ])('loses only what a file says that is %s', async (_, text) => {
    await using tree = await createTree();
    await tree.fill({ cgroup: `0::${scope}\n`, folders: { '': scope } }, 'v2', 'after');
    for (const name of ['cpu.stat', 'memory.events', 'io.stat', 'cpu.pressure']) {
      await writeFile(join(tree.cgroups, scope, name), text);
    }
    expect(await tree.source.stats({ id, pid }, signal)).toMatchObject({
      cpu: undefined,
      throttling: undefined,
      blockIo: [],
      memory: { rssBytes: memory.rssBytes, oomKills: undefined, limitHits: undefined },
      threads: 5,
      pressure: { cpu: { waitingSeconds: undefined, stalledSeconds: undefined }, io: { waitingSeconds: 1.007 } },
    });
  });

  it('has no samples from a file that is too long, and says so', async () => {
    await using tree = await createTree();
    await tree.fill(layout, 'v1', 'after');
    await writeFile(join(tree.cgroups, `memory${plain}`, 'memory.stat'), 'x'.repeat(262_144));
    await expect(tree.source.stats({ id, pid }, signal)).rejects.toThrow('a kernel file has 262144 bytes or more');
  });

  it('has none from a directory in the place of a file', async () => {
    await using tree = await createTree();
    await tree.fill(layout, 'v1', 'after');
    const file = join(tree.cgroups, `pids${plain}`, 'pids.current');
    await rm(file);
    await mkdir(file);
    expect(await tree.source.stats({ id, pid }, signal)).toMatchObject({ threads: undefined, cpu: afterLoad.cpu });
  });
});
