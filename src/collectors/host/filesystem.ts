import { gauge, type Sample, sample } from '../../model/sample.ts';
import { type Mount, parseMountinfo, stripRootfs } from './mountinfo.ts';
import { type HostPart, type HostView, readFirst } from './part.ts';

const labels = ['device', 'fstype', 'mountpoint', 'device_error'] as const;
const metrics = {
  size: gauge('node_filesystem_size_bytes', 'Size of the filesystem.', labels),
  free: gauge('node_filesystem_free_bytes', 'Free space of the filesystem.', labels),
  avail: gauge('node_filesystem_avail_bytes', 'Free space that users other than root may use.', labels),
  purgeable: gauge(
    'node_filesystem_purgeable_bytes',
    'Space that could be freed; Linux has no such notion: 0.',
    labels,
  ),
  files: gauge('node_filesystem_files', 'Inodes of the filesystem.', labels),
  filesFree: gauge('node_filesystem_files_free', 'Free inodes of the filesystem.', labels),
  readonly: gauge('node_filesystem_readonly', 'Whether the filesystem is mounted read-only (1) or not (0).', labels),
  deviceError: gauge(
    'node_filesystem_device_error',
    'Whether the filesystem could not be asked for its space (1) or could (0).',
    labels,
  ),
  mountInfo: gauge('node_filesystem_mount_info', 'Device number behind a mount point; always 1.', [
    'device',
    'major',
    'minor',
    'mountpoint',
  ]),
} as const;

export const filesystem: HostPart = {
  name: 'filesystem',
  metrics,
  async collect(view) {
    // Process 1 sees the host's mounts even where this process lives in a container.
    const mounts = parseMountinfo(await readFirst(view, ['1/mountinfo', 'self/mountinfo']));
    const samples = await Promise.all(selectMounts(mounts, view).map((mount) => samplesOf(mount, view)));
    return samples.flat();
  },
};

/** Without the excluded ones, and each mount point once: the last mount covers the earlier ones. */
function selectMounts(mounts: readonly Mount[], { rootPath, exclude }: HostView): readonly Mount[] {
  const byPoint = new Map<string, Mount>();
  for (const mount of mounts) {
    if (exclude.fsTypes(mount.fsType)) continue;
    const mountPoint = stripRootfs(mount.mountPoint, rootPath);
    if (!exclude.mountPoints(mountPoint)) byPoint.set(mountPoint, { ...mount, mountPoint });
  }
  return [...byPoint.values()];
}

async function samplesOf(mount: Mount, view: HostView): Promise<readonly Sample[]> {
  const { device, fsType: fstype, mountPoint: mountpoint, major, minor } = mount;
  const answer = await view.statfs(mountpoint).catch((error: unknown) => causeOf(error));
  const stats = typeof answer === 'string' ? undefined : answer;
  const on = { device, fstype, mountpoint, device_error: typeof answer === 'string' ? answer : '' };
  const known = [
    sample(metrics.readonly, on, Number(mount.readOnly)),
    sample(metrics.deviceError, on, Number(!stats)),
    sample(metrics.mountInfo, { device, major, minor, mountpoint }, 1),
  ];
  if (!stats) return known;
  return [
    ...known,
    sample(metrics.size, on, stats.size),
    sample(metrics.free, on, stats.free),
    sample(metrics.avail, on, stats.available),
    sample(metrics.purgeable, on, 0),
    sample(metrics.files, on, stats.files),
    sample(metrics.filesFree, on, stats.filesFree),
  ];
}

/** Few words, because a label that told of each case would make a series of each. */
function causeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no answer';
}
