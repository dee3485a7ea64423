import { counter, type MetricDef, sample } from '../../model/sample.ts';
import { byName, type HostPart, type HostTree } from './part.ts';
import { parseRpcStats } from './rpc-stats.ts';

type Place = readonly [line: string, column: number, metric: MetricDef<'device'>];

function places(line: string, group: string, names: string): readonly Place[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name, column): Place => {
      const full = `node_xfs_${group}${name}_total`;
      return [line, column, counter(full, `XFS: ${name} of the statistics ${line}.`, ['device'])];
    });
}

/** The lines of a filesystem's statistics (xfs.org, Runtime Stats) in their order; later columns have no family. */
const columns: readonly Place[] = [
  ...places('extent_alloc', 'extent_allocation_', 'extents_allocated blocks_allocated extents_freed blocks_freed'),
  ...places('abt', 'allocation_btree_', 'lookups compares records_inserted records_deleted'),
  ...places(
    'blk_map',
    'block_mapping_',
    `reads writes unmaps extent_list_insertions extent_list_deletions extent_list_lookups extent_list_compares`,
  ),
  ...places('bmbt', 'block_map_btree_', 'lookups compares records_inserted records_deleted'),
  ...places('dir', 'directory_operation_', 'lookup create remove getdents'),
  ...places('ig', 'inode_operation_', 'attempts found recycled missed duplicates reclaims attribute_changes'),
  ...places('rw', '', 'write_calls read_calls'),
  ...places('vnodes', 'vnode_', 'active allocate get hold release reclaim remove'),
];

export const xfs: HostPart = {
  name: 'xfs',
  metrics: byName(columns.map(([, , metric]) => metric)),
  async collect({ sys }) {
    return devicesOf(sys).flatMap((device) => {
      const text = sys.attributes(`fs/xfs/${device}/stats`, ['stats']).get('stats');
      const lines = parseRpcStats(`${text ?? ''}\n`);
      return columns.flatMap(([line, column, metric]) => {
        const value = lines.get(line)?.[column];
        return value === undefined ? [] : [sample(metric, { device }, value)];
      });
    });
  },
};

/** Beside the filesystems is the folder `stats`, with the sum of all. Without XFS there is nothing, and no failure. */
function devicesOf(sys: HostTree): readonly string[] {
  try {
    return sys.list('fs/xfs').filter((name) => name !== 'stats');
  } catch {
    return [];
  }
}
