import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ContainerInspect, ContainerList, ContainerTop } from '../../../src/sources/docker/parse.ts';
import { StatsAnswer } from '../../../src/sources/docker/stats.ts';

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../fixtures/sources/docker/${name}.json`, import.meta.url), 'utf8'));
}

describe('stats', () => {
  it('are in base units on cgroup v1, with the groups below counted in', () => {
    expect(StatsAnswer.parse(fixture('stats-cgroup-v1'))).toEqual({
      cpu: {
        usageSeconds: 12.5,
        userSeconds: 9.75,
        systemSeconds: 2.5,
      },
      throttling: { periods: 700, throttledPeriods: 35, throttledSeconds: 1.75 },
      memory: {
        usageBytes: 104_857_600,
        workingSetBytes: 104_857_600 - 31_457_280,
        cacheBytes: 41_943_040,
        rssBytes: 52_428_800,
        mappedFileBytes: 0,
        swapBytes: 4096,
        maxUsageBytes: 7_827_456,
        limitHits: 0,
        oomKills: undefined,
      },
      networks: [
        {
          interface: 'eth0',
          receive: { bytes: 1096, packets: 12, errors: 1, dropped: 2 },
          transmit: { bytes: 126, packets: 3, errors: 4, dropped: 5 },
        },
        {
          interface: 'eth1',
          receive: { bytes: 10, packets: 1, errors: 0, dropped: 0 },
          transmit: { bytes: 0, packets: 0, errors: 0, dropped: 0 },
        },
      ],
      blockIo: [{ device: '8:0', readBytes: 5_242_880, writeBytes: 1_048_576, reads: 0, writes: 0 }],
      threads: 1,
      processes: undefined,
      pressure: undefined,
    });
  });

  it('read the other names of cgroup v2, which tells no swap', () => {
    const stats = StatsAnswer.parse(fixture('stats-cgroup-v2'));
    expect(stats?.memory).toEqual({
      usageBytes: 20_971_520,
      workingSetBytes: 20_971_520 - 8_388_608,
      cacheBytes: 10_485_760,
      rssBytes: 8_388_608,
      mappedFileBytes: 0,
      swapBytes: undefined,
      maxUsageBytes: undefined,
      limitHits: undefined,
      oomKills: undefined,
    });
    expect(stats?.blockIo).toEqual([
      { device: '259:0', readBytes: 4096, writeBytes: 8192, reads: 0, writes: 0 },
      { device: '253:1', readBytes: 512, writeBytes: 0, reads: 0, writes: 0 },
    ]);
    expect(stats?.threads).toBe(37);
  });

  it('never give a working set below 0', () => {
    const stats = fixture('stats-cgroup-v2') as { memory_stats: { usage: number } };
    stats.memory_stats.usage = 1000;
    expect(StatsAnswer.parse(stats)?.memory?.workingSetBytes).toBe(0);
  });

  it('of a stopped container are none, rather than zeros', () => {
    expect(StatsAnswer.parse(fixture('stats-stopped'))).toBeUndefined();
  });
});

describe('inspect', () => {
  it('gives a running container with its last health output, and its runner by label', () => {
    expect(ContainerInspect.parse(fixture('inspect-running'))).toMatchObject({
      name: 'runner-1',
      image: 'busybox:stable',
      imageId: expect.stringMatching(/^sha256:/),
      state: { status: 'running', running: true, oomKilled: false, finishedAt: undefined },
      health: { status: 'healthy', failingStreak: 0, lastOutput: expect.stringContaining('listener=1 worker=0') },
      memoryLimitBytes: 268_435_456,
      // --cpus 1.5
      cpuQuota: 150_000,
      cpuPeriod: 100_000,
      cpuShares: 1024,
      runner: 'builder-1',
    });
  });

  it('believes no check of an earlier run, whose end Docker calls unhealthy', () => {
    const found = JSON.parse(JSON.stringify(fixture('inspect-running')));
    const checked = { Start: '2026-11-25T18:00:00.5+01:00', End: '', ExitCode: 1, Output: 'listener=0\n' };
    const of = (StartedAt: string) => {
      const Health = { Status: 'unhealthy', FailingStreak: 3, Log: [checked] };
      return ContainerInspect.parse({ ...found, State: { ...found.State, StartedAt, Health } }).health;
    };
    expect(of('2026-11-25T17:00:01Z')).toEqual({ status: 'starting', failingStreak: 0, lastOutput: '' });
    const checkedAt = Date.parse('2026-11-25T17:00:00.5Z');
    const known = { status: 'unhealthy', failingStreak: 3, lastOutput: 'listener=0\n', checkedAt };
    expect(of('2026-11-25T16:59:00Z')).toEqual(known);
  });

  it('gives an exited one without health, and its runner by the environment', () => {
    expect(ContainerInspect.parse(fixture('inspect-exited'))).toMatchObject({
      state: {
        status: 'exited',
        running: false,
        exitCode: 137,
        oomKilled: true,
        finishedAt: Date.parse('2026-11-23T21:28:20Z'),
      },
      health: undefined,
      restartCount: 3,
      memoryLimitBytes: 0,
      cpuQuota: 25_000,
      cpuPeriod: 50_000,
      cpuShares: 512,
      labels: {},
      runner: 'builder-2',
    });
  });
});

describe('list and top', () => {
  it.each([
    [['/web'], 'web'],
    [['/other/alias', '/web'], 'web'],
    [[], 'abc'],
  ])('of the names %j takes %s', (Names, name) => {
    const [container] = ContainerList.parse([{ Id: 'abc', Names, Image: 'i', Labels: null, State: 'running' }]);
    expect(container).toMatchObject({ id: 'abc', name, labels: {} });
  });

  it.each([
    [undefined, []],
    [{ Networks: null }, []],
    [{ Networks: { a: { IPAddress: '', GlobalIPv6Address: '' } } }, []],
    [
      {
        Networks: {
          a: { IPAddress: '172.20.0.3', GlobalIPv6Address: '' },
          b: { IPAddress: '10.0.0.2', GlobalIPv6Address: 'fd00::2' },
        },
      },
      ['172.20.0.3', '10.0.0.2', 'fd00::2'],
    ],
  ])('takes the addresses of all networks: %j', (NetworkSettings, addresses) => {
    const listed = { Id: 'abc', Names: ['/web'], Image: 'i', Labels: null, State: 'running', NetworkSettings };
    expect(ContainerList.parse([listed])).toMatchObject([{ addresses }]);
  });

  it('takes the last column of each process as its command line', () => {
    const top = {
      Titles: ['PID', 'COMMAND'],
      Processes: [
        ['1', '/bin/sh -c run.sh'],
        ['7', 'bin/Runner.Worker spawn'],
      ],
    };
    expect(ContainerTop.parse(top)).toEqual(['/bin/sh -c run.sh', 'bin/Runner.Worker spawn']);
  });
});
