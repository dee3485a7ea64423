import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PartialCollection } from '../../src/collectors/collector.ts';
import { type ContainersDeps, containers } from '../../src/collectors/containers.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { CgroupSource } from '../../src/sources/cgroup/cgroup.ts';
import type { DockerSource } from '../../src/sources/docker/docker-source.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { containerDetails, containerStats, fakeDocker } from '../support/fake-docker.ts';
import { linesOfSamples } from '../support/host.ts';

const { signal } = new AbortController();

/** As where no file of the host can be seen. */
const unseen: CgroupSource = { stats: async () => undefined };
const diskstats = '   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n';

function depsOf(docker: DockerSource, cgroup: CgroupSource): ContainersDeps {
  return { docker, cgroup, procfs: { read: async () => diskstats }, clock: new FakeClock(), log: silentLog };
}

function collect(docker: DockerSource, config: object = {}, cgroup = unseen) {
  return containers.collect(depsOf(docker, cgroup), containers.config.parse(config), signal);
}

const traffic = { bytes: 1000, packets: 10, errors: 1, dropped: 2 };
const full = containerStats({
  cpu: {
    usageSeconds: 12.5,
    userSeconds: 9.75,
    systemSeconds: 2.5,
  },
  throttling: { periods: 700, throttledPeriods: 35, throttledSeconds: 1.75 },
  memory: {
    usageBytes: 100,
    workingSetBytes: 70,
    cacheBytes: 40,
    rssBytes: 50,
    swapBytes: 4,
    mappedFileBytes: 20,
    maxUsageBytes: 110,
    limitHits: 3,
    oomKills: 1,
  },
  networks: [{ interface: 'eth0', receive: traffic, transmit: { ...traffic, bytes: 2000 } }],
  blockIo: [
    { device: '8:0', readBytes: 5, writeBytes: 6, reads: 2, writes: 3 },
    { device: '253:7', readBytes: 0, writeBytes: 512, reads: 0, writes: 1 },
  ],
  threads: 37,
  processes: 4,
  pressure: {
    cpu: { waitingSeconds: 1.5, stalledSeconds: undefined },
    memory: { waitingSeconds: 2.5, stalledSeconds: 0.5 },
    io: { waitingSeconds: 3.5, stalledSeconds: 0.25 },
  },
});

describe('the usage of containers', () => {
  it('is told by the names, labels and units of cAdvisor', async () => {
    const labels = { 'com.docker.compose.service': 'runner', secret: 'not allowed' };
    const details = containerDetails({ name: 'web', labels, memoryLimitBytes: 256, cpuQuota: 150_000 });
    const docker = fakeDocker([
      { details, stats: full },
      { details: containerDetails({ name: 'small' }), stats: containerStats() },
    ]);
    const samples = await collect(docker, { labels: ['com.docker.compose.service', 'missing'] });
    const golden = fileURLToPath(new URL('../fixtures/collectors/containers.txt', import.meta.url));
    await expect(`${linesOfSamples(samples).join('\n')}\n`).toMatchFileSnapshot(golden);
  });

  it('leaves out a container that does not run, that vanished, or that ended meanwhile', async () => {
    const stopped = containerDetails({ name: 'stopped', state: { ...containerDetails().state, status: 'exited' } });
    const samples = await collect(
      fakeDocker([
        { details: stopped, stats: full },
        { details: containerDetails({ name: 'vanished' }), vanished: true },
        { details: containerDetails({ name: 'ended' }) },
      ]),
    );
    expect(linesOfSamples(samples)).toEqual([
      'machine_cpu_cores 8',
      'machine_memory_bytes 16000000000',
      'runnerwatch_container_stats_source{source="cgroup"} 0',
      'runnerwatch_container_stats_source{source="docker"} 0',
    ]);
  });

  it('keeps the others where one cannot be read, and fails all the same', async () => {
    const failing = { details: containerDetails({ name: 'bad' }), failure: new Error('no answer') };
    const error = await collect(
      fakeDocker([failing, { details: containerDetails({ name: 'good' }), stats: full }]),
    ).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PartialCollection);
    expect((error as PartialCollection).message).toBe('1 of 2 containers: bad: no answer');
    const names = new Set((error as PartialCollection).samples.map(({ labels }) => labels.name));
    expect(names).toEqual(new Set([undefined, 'good']));
  });

  it('is refused beyond the limit, by the name of its key', async () => {
    const many = ['a', 'b', 'c'].map((name) => ({ details: containerDetails({ name }), stats: full }));
    await expect(collect(fakeDocker(many), { limit: 2 })).rejects.toThrow(
      '3 containers run, more than collectors.containers.limit (2)',
    );
  });

  it('fails where Docker does, and is idle where there is none', async () => {
    const docker = fakeDocker([], {
      available: () => 'no Docker socket at unix:///fake',
      list: () => Promise.reject(new Error('Docker could not be reached')),
    });
    await expect(collect(docker)).rejects.toThrow('Docker could not be reached');
    expect(containers.idle?.(depsOf(docker, unseen), containers.config.parse({}))).toBe(
      'no Docker socket at unix:///fake',
    );
  });

  it('asks about a bounded number of containers at once', async () => {
    let open = 0;
    let most = 0;
    const many = Array.from({ length: 20 }, (_, index) => ({ details: containerDetails({ name: `c${index}` }) }));
    const docker = fakeDocker(many, {
      inspect: async () => {
        open += 1;
        most = Math.max(most, open);
        await new Promise(setImmediate);
        open -= 1;
        return undefined;
      },
    });
    await collect(docker, { concurrency: 3 });
    expect(most).toBe(3);
  });

  it.each(['host', 'container:0123'])(
    'tells no traffic of a container in the network of another: %s',
    async (networkMode) => {
      const samples = await collect(fakeDocker([{ details: containerDetails({ networkMode }), stats: full }]));
      expect(linesOfSamples(samples).filter((line) => line.includes('_network_'))).toEqual([]);
    },
  );

  it('keeps a name of any characters as it is', async () => {
    const name = 'a"b\\c\nd ☃';
    const samples = await collect(fakeDocker([{ details: containerDetails({ name }), stats: full }]));
    expect(new Set(samples.flatMap(({ labels }) => labels.name ?? []))).toEqual(new Set([name]));
  });
});

describe("the kernel's files and Docker", () => {
  const visible: CgroupSource = { stats: async () => containerStats({ threads: 5 }) };
  const hidden = { details: containerDetails({ name: 'hidden' }), stats: containerStats({ threads: 7 }) };
  const seen = { details: containerDetails({ name: 'seen' }), stats: containerStats({ threads: 6 }) };
  const some: CgroupSource = {
    stats: async ({ id }) => (id === 'id-seen' ? containerStats({ threads: 5 }) : undefined),
  };
  const broken: CgroupSource = { stats: () => Promise.reject(new Error('it does not answer')) };

  async function collectFrom(from: string, cgroup: CgroupSource): Promise<readonly string[]> {
    const lines = linesOfSamples(await collect(fakeDocker([hidden, seen]), { from }, cgroup));
    return lines.flatMap(
      (line) =>
        /^(?:container_threads.*name=|runnerwatch_.*source=)"(\w+)"} (\d+)$/.exec(line)?.slice(1).join(' ') ?? [],
    );
  }

  it.each([
    ['auto', visible, ['hidden 5', 'seen 5', 'cgroup 2', 'docker 0']],
    ['auto', some, ['hidden 7', 'seen 5', 'cgroup 1', 'docker 1']],
    ['auto', broken, ['hidden 7', 'seen 6', 'cgroup 0', 'docker 2']],
    ['docker', visible, ['hidden 7', 'seen 6', 'cgroup 0', 'docker 2']],
    ['cgroup', visible, ['hidden 5', 'seen 5', 'cgroup 2', 'docker 0']],
  ])('are read as %s says, container by container', async (from, cgroup, expected) => {
    expect(await collectFrom(from, cgroup)).toEqual(expected);
  });

  it('that only may be read and cannot be seen are a failure of that container alone', async () => {
    const error = await collectFrom('cgroup', some).catch((reason: unknown) => reason);
    expect((error as PartialCollection).message).toMatch(/^1 of 2 containers: hidden: its cgroup cannot be seen/);
  });

  it('that are gone because the container has just ended are none', async () => {
    let asked = 0;
    const ending = fakeDocker([], {
      list: async () => [{ ...hidden.details, state: 'running' }],
      inspect: async () => (++asked === 1 ? hidden.details : undefined),
    });
    const samples = await collect(ending, { from: 'cgroup' });
    expect(samples.filter(({ labels }) => labels.name !== undefined)).toEqual([]);
  });
});
