import { gauge, type Sample, sample } from '../../model/sample.ts';
import { type Attribute, samplesOfAttributes } from './attributes.ts';
import { type MdArray, mdStates, parseMdstat } from './mdstat.ts';
import { byName, type HostPart, type HostTree, noDataWhereAbsent } from './part.ts';

const metrics = {
  blocks: gauge('node_md_blocks', 'Blocks of a RAID array.', ['device']),
  blocksSynced: gauge('node_md_blocks_synced', 'Blocks of a RAID array that are in sync.', ['device']),
  disks: gauge('node_md_disks', 'Disks of a RAID array, by state.', ['device', 'state']),
  disksRequired: gauge('node_md_disks_required', 'Disks that a RAID array needs.', ['device']),
  state: gauge('node_md_state', 'Whether a RAID array is in a state (1) or not (0).', ['device', 'state']),
} as const;

/** What the array itself says, in sysfs. */
const own: readonly Attribute<'device'>[] = [
  { file: 'raid_disks', metric: gauge('node_md_raid_disks', 'Disks that a RAID array consists of.', ['device']) },
  { file: 'degraded', metric: gauge('node_md_degraded', 'Disks that a RAID array lacks.', ['device']) },
];

export const mdadm: HostPart = {
  name: 'mdadm',
  metrics: byName([...Object.values(metrics), ...own.map(({ metric }) => metric)]),
  async collect(view) {
    const arrays = parseMdstat(await view.read('mdstat').catch(noDataWhereAbsent));
    return [...arrays.flatMap(samplesOf), ...arraysOf(view.sys)];
  },
};

function samplesOf(array: MdArray): readonly Sample[] {
  const { device } = array;
  return [
    sample(metrics.blocks, { device }, array.blocks),
    sample(metrics.blocksSynced, { device }, array.blocksSynced),
    sample(metrics.disksRequired, { device }, array.disksRequired),
    ...Object.entries(array.disks).map(([state, count]) => sample(metrics.disks, { device, state }, count)),
    ...mdStates.map((state) => sample(metrics.state, { device, state }, Number(array.state === state))),
  ];
}

function arraysOf(sys: HostTree): readonly Sample[] {
  const files = own.map(({ file }) => file);
  return listed(sys).flatMap((device) =>
    samplesOfAttributes(own, sys.attributes(`block/${device}/md`, files), { device }),
  );
}

function listed(sys: HostTree): readonly string[] {
  try {
    return sys.list('block').filter((name) => /^md/.test(name));
  } catch {
    return [];
  }
}
