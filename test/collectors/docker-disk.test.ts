import { describe, expect, it } from 'vitest';
import { PartialCollection } from '../../src/collectors/collector.ts';
import { dockerDisk } from '../../src/collectors/docker-disk.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { DiskWalk } from '../../src/sources/disk-walk.ts';
import type { DockerSource } from '../../src/sources/docker/docker-source.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { containerDetails, fakeDocker } from '../support/fake-docker.ts';
import { linesOfSamples } from '../support/host.ts';

const { signal } = new AbortController();
const logPath = '/var/lib/docker/containers/id-web/id-web-json.log';
const web = containerDetails({ name: 'web', logPath });
const silent = containerDetails({ name: 'silent' });

const mountinfo = [
  '22 1 8:1 / / rw - ext4 /dev/sda1 rw',
  '23 22 8:2 / /var rw - ext4 /dev/sda2 rw',
  '24 23 8:3 / /var/lib/docker rw - xfs /dev/sdb1 rw',
  '25 22 8:4 / /var/lib/dockerish rw - xfs /dev/sdc1 rw',
].join('\n');

const space = { size: 1000, free: 400, available: 300, files: 50, filesFree: 20 };
const disk: DiskWalk = {
  directory: () => Promise.reject(new Error('not expected')),
  file: async (path) => (path === `/host/root${logPath}` ? 77 : undefined),
};

const engine: Partial<DockerSource> = {
  diskUse: async () => new Map([['volumes', { items: 2, bytes: 900, reclaimableBytes: 300 }]]),
  sizes: async () => [web, silent].map(({ id, name, image }) => ({ id, name, image, writtenBytes: 500 })),
};

function collect(over: Partial<DockerSource> = {}, config: object = {}, read = async () => mountinfo) {
  const paths = { procfs: '/host/proc', sysfs: '/host/sys', rootfs: '/host/root/' };
  const procfs = { paths, read, statfs: async () => space };
  const docker = fakeDocker([{ details: web }, { details: silent }], { ...engine, ...over });
  const deps = { docker, procfs, disk, clock: new FakeClock(), log: silentLog };
  return dockerDisk.collect(deps, dockerDisk.config.parse(config), signal);
}

describe('the disk use of Docker', () => {
  it('is told by kind, and by container with its log, on the filesystem that holds them', async () => {
    const on = 'device="/dev/sdb1",id="/docker/id-web",image="busybox:stable",name="web"';
    const lines = linesOfSamples(await collect());
    expect(lines.filter((line) => !line.includes('silent'))).toEqual([
      `container_fs_inodes_free{${on}} 20`,
      `container_fs_inodes_total{${on}} 50`,
      `container_fs_limit_bytes{${on}} 1000`,
      `container_fs_usage_bytes{${on}} 577`,
      'runnerwatch_container_log_bytes{name="web"} 77',
      'runnerwatch_container_writable_layer_bytes{name="web"} 500',
      'runnerwatch_docker_disk_items{kind="volumes"} 2',
      'runnerwatch_docker_disk_reclaimable_bytes{kind="volumes"} 300',
      'runnerwatch_docker_disk_usage_bytes{kind="volumes"} 900',
    ]);
    expect(lines).toContain('runnerwatch_container_writable_layer_bytes{name="silent"} 500');
    expect(lines.filter((line) => line.startsWith('runnerwatch_container_log_bytes'))).toHaveLength(1);
  });

  it('is told without the filesystem where the host cannot be seen', async () => {
    const lines = linesOfSamples(await collect({}, {}, () => Promise.reject(new Error('no procfs'))));
    expect(lines.filter((line) => line.startsWith('container_fs_'))).toEqual([]);
    expect(lines).toContain('runnerwatch_container_writable_layer_bytes{name="web"} 500');
  });

  it.each([
    [
      { diskUse: () => Promise.reject(new Error('busy')) },
      'runnerwatch_container_writable_layer_bytes{name="web"} 500',
    ],
    [{ sizes: () => Promise.reject(new Error('busy')) }, 'runnerwatch_docker_disk_items{kind="volumes"} 2'],
  ])('is told in part, and fails, where Docker answers in part', async (over, line) => {
    const error = await collect(over).catch((reason: unknown) => reason);
    expect((error as PartialCollection).message).toBe('busy');
    expect(linesOfSamples((error as PartialCollection).samples)).toContain(line);
    expect(error).toBeInstanceOf(PartialCollection);
  });

  it('is refused beyond the limit, by the name of its key', async () => {
    await expect(collect({}, { limit: 1 })).rejects.toThrow('more than collectors.docker-disk.limit (1)');
  });

  it('asks Docker one thing at a time', async () => {
    const asked: string[] = [];
    const slow =
      <T>(name: string, value: T) =>
      async () => {
        asked.push(`${name} begins`);
        await new Promise(setImmediate);
        asked.push(`${name} ends`);
        return value;
      };
    await collect({ diskUse: slow('use', new Map()), sizes: slow('sizes', []) });
    expect(asked).toEqual(['use begins', 'use ends', 'sizes begins', 'sizes ends']);
  });
});
