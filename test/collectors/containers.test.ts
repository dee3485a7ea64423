import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PartialCollection } from '../../src/collectors/collector.ts';
import { containers } from '../../src/collectors/containers.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { DockerSource } from '../../src/sources/docker/docker-source.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { containerDetails, containerStats, fakeDocker } from '../support/fake-docker.ts';
import { linesOfSamples } from '../support/host.ts';

const { signal } = new AbortController();

function collect(docker: DockerSource, config: object = {}) {
  const deps = { docker, clock: new FakeClock(), log: silentLog };
  return containers.collect(deps, containers.config.parse(config), signal);
}

const traffic = { bytes: 1000, packets: 10, errors: 1, dropped: 2 };
const full = containerStats({
  cpu: {
    usageSeconds: 12.5,
    userSeconds: 9.75,
    systemSeconds: 2.5,
    periods: 700,
    throttledPeriods: 35,
    throttledSeconds: 1.75,
  },
  memory: {
    usageBytes: 100,
    workingSetBytes: 70,
    cacheBytes: 40,
    rssBytes: 50,
    swapBytes: 4,
    limitBytes: 33e9,
  },
  networks: [{ interface: 'eth0', receive: traffic, transmit: { ...traffic, bytes: 2000 } }],
  blockIo: [{ device: '8:0', readBytes: 5, writeBytes: 6 }],
  pids: 37,
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
    expect(linesOfSamples(samples)).toEqual(['machine_cpu_cores 8', 'machine_memory_bytes 16000000000']);
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
    const deps = { docker, clock: new FakeClock(), log: silentLog };
    expect(containers.idle?.(deps, containers.config.parse({}))).toBe('no Docker socket at unix:///fake');
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
});
