import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { createDockerSource } from '../../../src/sources/docker/create.ts';
import { DiskUsage, SizedContainers } from '../../../src/sources/docker/disk-use.ts';
import { docker, runContainer } from '../../support/docker-cli.ts';
import { needs } from '../../support/services.ts';

const { signal } = new AbortController();
const none = { items: 0, bytes: 0, reclaimableBytes: 0 };

describe("Docker's disk use", () => {
  it('is summed from its things up to API 1.51', () => {
    const answer = {
      LayersSize: 1000,
      Images: [
        { Size: 600, SharedSize: 200, Containers: 2 },
        { Size: 500, SharedSize: 200, Containers: 0 },
        { Size: 100, SharedSize: -1, Containers: 1 },
      ],
      Containers: [{ SizeRw: 10, State: 'running' }, { SizeRw: 20, State: 'exited' }, { State: 'created' }],
      Volumes: [
        { UsageData: { Size: 70, RefCount: 1 } },
        { UsageData: { Size: 30, RefCount: 0 } },
        { UsageData: { Size: -1, RefCount: 0 } },
        { UsageData: null },
      ],
      BuildCache: [
        { Size: 5, InUse: true, Shared: false },
        { Size: 6, InUse: false, Shared: false },
        { Size: 7, InUse: false, Shared: true },
      ],
    };
    expect(Object.fromEntries(DiskUsage.parse(answer))).toEqual({
      images: { items: 3, bytes: 1000, reclaimableBytes: 1000 - 400 - 100 },
      containers: { items: 3, bytes: 30, reclaimableBytes: 20 },
      volumes: { items: 4, bytes: 100, reclaimableBytes: 30 },
      'build-cache': { items: 3, bytes: 11, reclaimableBytes: 6 },
    });
  });

  it('is taken as summed from API 1.52, a kind that is not told left out', () => {
    const answer = {
      ImageUsage: { ActiveCount: 1, TotalCount: 3, TotalSize: 1000, Reclaimable: 500 },
      VolumeUsage: { TotalCount: 1 },
    };
    expect(Object.fromEntries(DiskUsage.parse(answer))).toEqual({
      images: { items: 3, bytes: 1000, reclaimableBytes: 500 },
      volumes: { items: 1, bytes: 0, reclaimableBytes: 0 },
    });
  });

  it('is nothing on an empty engine', () => {
    const answer = { LayersSize: 0, Images: null, Containers: null, Volumes: null, BuildCache: null };
    expect([...DiskUsage.parse(answer).values()]).toEqual([none, none, none, none]);
  });

  it('of a container is 0 where Docker leaves it out', () => {
    expect(SizedContainers.parse([{ Id: 'a', Names: ['/a'], Image: 'i' }])).toEqual([
      { id: 'a', name: 'a', image: 'i', writtenBytes: 0 },
    ]);
  });
});

describe.skipIf(needs('docker'))('a real Docker', () => {
  it('tells what a container wrote, and what its volume holds', async () => {
    const engine = createDockerSource({ host: 'unix:///var/run/docker.sock', clock: systemClock, log: silentLog });
    const write = 'dd if=/dev/zero of=/written bs=1048576 count=3; dd if=/dev/zero of=/data/kept bs=1048576 count=5';
    await using container = await runContainer('--network=none', '--volume=/data', 'busybox:stable', 'sh', '-c', write);
    expect(await container.wait()).toBe(0);
    const id = await docker('inspect', '--format', '{{.Id}}', container.name);
    const own = (await engine.sizes(signal)).find((size) => size.id === id);
    expect(own?.name).toBe(container.name);
    expect(own?.writtenBytes).toBe(3 * 2 ** 20);
    const use = await engine.diskUse(signal);
    expect(use.get('volumes')?.bytes).toBeGreaterThanOrEqual(5 * 2 ** 20);
    expect(use.get('images')?.bytes).toBeGreaterThan(2 ** 20);
    const { mounts, logPath = '', layerPath = '' } = (await engine.inspect(id, signal)) ?? { mounts: [] };
    expect(mounts).toEqual([{ source: expect.stringContaining('/_data'), destination: '/data' }]);
    if (process.getuid?.() === 0) execFileSync('test', ['-f', logPath, '-a', '-f', `${layerPath}/written`]);
    engine.close();
  }, 60_000);
});
