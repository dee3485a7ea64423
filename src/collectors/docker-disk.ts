import { z } from 'zod';
import { reasonOf } from '../lib/log.ts';
import { mapBounded } from '../lib/loop.ts';
import { Duration } from '../lib/schema.ts';
import type { ContainerSize } from '../model/container.ts';
import { gauge, type Sample, sample } from '../model/sample.ts';
import type { DiskWalk } from '../sources/disk-walk.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';
import type { FilesystemStats, Procfs } from '../sources/procfs/procfs.ts';
import { type BaseDeps, defineCollector, PartialCollection } from './collector.ts';
import { type Mount, parseMountinfo } from './host/mountinfo.ts';

type DockerDiskDeps = BaseDeps & {
  readonly docker: DockerSource;
  readonly procfs: Pick<Procfs, 'paths' | 'read' | 'statfs'>;
  readonly disk: DiskWalk;
};

const ofContainer = ['id', 'name', 'image'] as const;
const ofDevice = [...ofContainer, 'device'] as const;

const metrics = {
  bytes: gauge('runnerwatch_docker_disk_usage_bytes', 'Disk that Docker uses, by what for.', ['kind']),
  reclaimable: gauge('runnerwatch_docker_disk_reclaimable_bytes', 'Disk that a prune would free.', ['kind']),
  items: gauge('runnerwatch_docker_disk_items', 'How many things of the kind Docker keeps.', ['kind']),
  written: gauge('runnerwatch_container_writable_layer_bytes', 'What the container wrote beside its volumes.', [
    'name',
  ]),
  log: gauge('runnerwatch_container_log_bytes', "The container's log file; absent where it cannot be seen.", ['name']),
  usage: gauge('container_fs_usage_bytes', 'What the container wrote, with its log, to the filesystem.', ofDevice),
  limit: gauge('container_fs_limit_bytes', 'The size of the filesystem that containers write to.', ofDevice),
  inodes: gauge('container_fs_inodes_total', 'Inodes of the filesystem that containers write to.', ofDevice),
  inodesFree: gauge('container_fs_inodes_free', 'Free inodes of the filesystem that containers write to.', ofDevice),
} as const;

export const dockerDisk = defineCollector({
  name: 'docker-disk',
  help: 'Disk that Docker and its containers use, which Docker has to walk its disk for.',
  schedule: 'interval',
  config: z.strictObject({
    enabled: z.boolean().default(true).describe('Whether the disk use of Docker is collected.'),
    interval: Duration.refine((ms) => ms >= 60_000, 'expected at least 1m')
      .prefault('10m')
      .describe('How often Docker is asked; it walks its disk for the answer.'),
    timeout: Duration.prefault('2m').describe('How long Docker may take.'),
    concurrency: z.int().min(1).max(64).default(4).describe('How many containers Docker is asked about at once.'),
    limit: z.int().min(1).max(5000).default(500).describe('The most containers whose series are kept.'),
  }),
  metrics,
  idle: ({ docker }: DockerDiskDeps) => docker.available(),

  async collect(deps: DockerDiskDeps, { concurrency, limit }, signal) {
    // One after the other: both make Docker walk the same disk.
    const use = await settled(() => deps.docker.diskUse(signal));
    const sizes = await settled(() => deps.docker.sizes(signal));
    const listed = sizes.value ?? [];
    if (listed.length > limit) {
      throw new Error(`there are ${listed.length} containers, more than collectors.docker-disk.limit (${limit})`);
    }
    const filesystem = await filesystemOf(deps, signal).catch(() => undefined);
    const found = await mapBounded(listed, concurrency, (size) => containerSamples(deps, size, filesystem, signal));
    const samples = [...useSamples(use.value), ...found.flat()];
    const failures = [use, sizes].flatMap(({ failure }) => failure ?? []);
    if (failures.length > 0) throw new PartialCollection(failures.join('; '), samples);
    return samples;
  },
});

interface Settled<T> {
  readonly value?: T;
  readonly failure?: string;
}

async function settled<T>(work: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { failure: reasonOf(error) };
  }
}

function useSamples(use: Awaited<ReturnType<DockerSource['diskUse']>> | undefined): readonly Sample[] {
  return [...(use ?? [])].flatMap(([kind, { bytes, reclaimableBytes, items }]) => [
    sample(metrics.bytes, { kind }, bytes),
    sample(metrics.reclaimable, { kind }, reclaimableBytes),
    sample(metrics.items, { kind }, items),
  ]);
}

interface Filesystem {
  readonly device: string;
  readonly stats: FilesystemStats;
}

/** The filesystem of Docker's own directory, where the host's / can be seen. */
async function filesystemOf({ docker, procfs }: DockerDiskDeps, signal: AbortSignal): Promise<Filesystem | undefined> {
  const { rootDir } = await docker.hostInfo(signal);
  if (rootDir === undefined) return undefined;
  const mount = mountOf(parseMountinfo(await procfs.read('1/mountinfo', signal)), rootDir);
  return mount && { device: mount.device, stats: await procfs.statfs(mount.mountPoint, signal) };
}

/** Of the mounts that hold a path, the innermost; of those on one place, the last, which hides the others. */
function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  const holds = ({ mountPoint }: Mount): boolean =>
    path === mountPoint || path.startsWith(mountPoint === '/' ? '/' : `${mountPoint}/`);
  return mounts
    .filter(holds)
    .reduce<Mount | undefined>(
      (best, mount) => (best && best.mountPoint.length > mount.mountPoint.length ? best : mount),
      undefined,
    );
}

async function containerSamples(
  deps: DockerDiskDeps,
  { id, name, image, writtenBytes }: ContainerSize,
  filesystem: Filesystem | undefined,
  signal: AbortSignal,
): Promise<readonly Sample[]> {
  const log = await logBytes(deps, id, signal).catch(() => undefined);
  return [
    sample(metrics.written, { name }, writtenBytes),
    ...(log === undefined ? [] : [sample(metrics.log, { name }, log)]),
    ...filesystemSamples({ id: `/docker/${id}`, name, image }, writtenBytes + (log ?? 0), filesystem),
  ];
}

async function logBytes({ docker, disk, procfs }: DockerDiskDeps, id: string, signal: AbortSignal) {
  const path = (await docker.inspect(id, signal))?.logPath;
  return path === undefined ? undefined : disk.file(`${procfs.paths.rootfs.replace(/\/+$/, '')}${path}`, signal);
}

/** As cAdvisor: every container shows the whole filesystem as its limit. */
function filesystemSamples(
  container: Readonly<Record<(typeof ofContainer)[number], string>>,
  bytes: number,
  filesystem: Filesystem | undefined,
): readonly Sample[] {
  if (filesystem === undefined) return [];
  const { device, stats } = filesystem;
  const labels = { ...container, device };
  return [
    sample(metrics.usage, labels, bytes),
    sample(metrics.limit, labels, stats.size),
    sample(metrics.inodes, labels, stats.files),
    sample(metrics.inodesFree, labels, stats.filesFree),
  ];
}
