import { counter, gauge, type MetricDef, type Sample, sample } from '../../model/sample.ts';
import { integerOf } from './attributes.ts';
import { byName, type HostPart, type HostTree } from './part.ts';

const info = gauge('node_btrfs_info', 'The label of a btrfs filesystem; always 1.', ['uuid', 'label']);
const globalReserve = gauge('node_btrfs_global_rsv_size_bytes', 'Size of the global reserve.', ['uuid']);
const deviceSize = gauge('node_btrfs_device_size_bytes', 'Size of a device of a btrfs filesystem.', ['uuid', 'device']);
const inGroup = ['uuid', 'block_group_type', 'mode'] as const;
const reserved = gauge('node_btrfs_reserved_bytes', 'Space that is reserved for a kind of data.', [
  'uuid',
  'block_group_type',
]);
const used = gauge('node_btrfs_used_bytes', 'Space that a kind of data uses.', inGroup);
const size = gauge('node_btrfs_size_bytes', 'Space that is allotted to a kind of data.', inGroup);
const ratio = gauge('node_btrfs_allocation_ratio', 'Bytes on disks for each byte of a kind of data.', inGroup);

/** The lines of `commit_stats`, in milliseconds but for the first. */
const commits: Readonly<Record<string, readonly [MetricDef<'uuid'>, number]>> = {
  commits: [counter('node_btrfs_commits_total', 'Commits of a btrfs filesystem.', ['uuid']), 1],
  last_commit_ms: [gauge('node_btrfs_last_commit_seconds', 'How long the last commit took.', ['uuid']), 1000],
  max_commit_ms: [gauge('node_btrfs_max_commit_seconds', 'How long the longest commit took.', ['uuid']), 1000],
  total_commit_ms: [counter('node_btrfs_commit_seconds_total', 'Time that commits took.', ['uuid']), 1000],
};

/** Copies of each byte; of RAID 5 and 6 it depends on the number of devices: with n, n/(n-1) and n/(n-2). */
const copies: Readonly<Record<string, number>> = {
  single: 1,
  raid0: 1,
  dup: 2,
  raid1: 2,
  raid10: 2,
  raid1c3: 3,
  raid1c4: 4,
};
const parityDevices: Readonly<Record<string, number>> = { raid5: 1, raid6: 2 };

const sector = 512;
const folder = 'fs/btrfs';

export const btrfs: HostPart = {
  name: 'btrfs',
  metrics: byName([
    info,
    globalReserve,
    deviceSize,
    reserved,
    used,
    size,
    ratio,
    ...Object.values(commits).map(([metric]) => metric),
  ]),
  async collect({ sys }) {
    // Beside the filesystems, which are named by their UUID, is the folder `features`.
    const uuids = listed(sys, folder).filter((name) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name));
    return uuids.flatMap((uuid) => filesystemOf(sys, uuid));
  },
};

function listed(sys: HostTree, path: string): readonly string[] {
  try {
    return sys.list(path);
  } catch {
    return [];
  }
}

function filesystemOf(sys: HostTree, uuid: string): readonly Sample[] {
  const path = `${folder}/${uuid}`;
  const files = sys.attributes(path, ['label', 'commit_stats']);
  const reserve = integerOf(sys.attributes(`${path}/allocation`, ['global_rsv_size']).get('global_rsv_size'));
  const devices = listed(sys, `${path}/devices`);
  return [
    sample(info, { uuid, label: files.get('label') ?? '' }, 1),
    ...(reserve === undefined ? [] : [sample(globalReserve, { uuid }, reserve)]),
    ...devices.flatMap((device) => {
      const sectors = integerOf(sys.attributes(`${path}/devices/${device}`, ['size']).get('size'));
      return sectors === undefined ? [] : [sample(deviceSize, { uuid, device }, sectors * sector)];
    }),
    ...['data', 'metadata', 'system'].flatMap((kind) => groupsOf(sys, uuid, kind, devices.length)),
    ...commitsOf(uuid, files.get('commit_stats') ?? ''),
  ];
}

function commitsOf(uuid: string, text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', word] = line.split(' ');
    const value = integerOf(word);
    const family = Object.hasOwn(commits, name) ? commits[name] : undefined;
    return family && value !== undefined ? [sample(family[0], { uuid }, value / family[1])] : [];
  });
}

/** The folders below a kind of data are the modes, such as raid1, that its block groups have. */
function groupsOf(sys: HostTree, uuid: string, kind: string, devices: number): readonly Sample[] {
  const path = `${folder}/${uuid}/allocation/${kind}`;
  const bytes = integerOf(sys.attributes(path, ['bytes_reserved']).get('bytes_reserved'));
  const modes = listed(sys, path).flatMap((mode) => {
    const factor = ratioOf(mode, devices);
    if (factor === undefined) return [];
    const on = { uuid, block_group_type: kind, mode };
    const files = sys.attributes(`${path}/${mode}`, ['used_bytes', 'total_bytes']);
    const values = [
      [used, integerOf(files.get('used_bytes'))],
      [size, integerOf(files.get('total_bytes'))],
      [ratio, factor],
    ] as const;
    return values.flatMap(([metric, value]) => (value === undefined ? [] : [sample(metric, on, value)]));
  });
  return [...(bytes === undefined ? [] : [sample(reserved, { uuid, block_group_type: kind }, bytes)]), ...modes];
}

/** undefined for what is no mode. */
export function ratioOf(mode: string, devices: number): number | undefined {
  if (Object.hasOwn(copies, mode)) return copies[mode];
  const parity = Object.hasOwn(parityDevices, mode) ? parityDevices[mode] : undefined;
  return parity === undefined || devices <= parity ? undefined : devices / (devices - parity);
}
