import { fieldOf, gauge, type Sample, sample, untyped } from '../../model/sample.ts';
import { parseKstat, parseKstatTable } from './kstat.ts';
import { type HostPart, type HostView, listOrNoData } from './part.ts';

/** Subsystem → its file; kernels and versions of ZFS have more or fewer of them. */
const files: Readonly<Record<string, string>> = {
  abd: 'abdstats',
  arc: 'arcstats',
  dbuf: 'dbufstats',
  dmu_tx: 'dmu_tx',
  dnode: 'dnodestats',
  fm: 'fm',
  vdev_cache: 'vdev_cache_stats',
  vdev_mirror: 'vdev_mirror_stats',
  xuio: 'xuio_stats',
  zfetch: 'zfetchstats',
  zil: 'zil',
};

const statistic = untyped('node_zfs_<field>', 'ZFS: <field>, as <subsystem>_<name> of its kstat.');
const pool = untyped('node_zfs_zpool_<field>', 'ZFS pool: <field> of its kstat `io`.', ['zpool']);
const dataset = untyped('node_zfs_zpool_dataset_<field>', 'ZFS dataset: <field> of its kstat.', ['zpool', 'dataset']);
const poolState = gauge('node_zfs_zpool_state', 'Whether a ZFS pool is in a state (1) or not (0).', ['zpool', 'state']);
const states = ['online', 'degraded', 'faulted', 'offline', 'removed', 'unavail', 'suspended'];

const folder = 'spl/kstat/zfs';

export const zfs: HostPart = {
  name: 'zfs',
  metrics: { statistic, pool, dataset, poolState },
  async collect(view) {
    const names = listOrNoData(view, folder);
    const known = Object.entries(files).filter(([, file]) => names.includes(file));
    const others = names.filter((name) => !Object.values(files).includes(name));
    const samples = await Promise.all([
      ...known.map(([subsystem, file]) => subsystemOf(view, subsystem, file)),
      ...others.map((name) => poolOf(view, name)),
    ]);
    return samples.flat();
  },
};

async function subsystemOf(view: HostView, subsystem: string, file: string): Promise<readonly Sample[]> {
  const { values } = parseKstat(await view.read(`${folder}/${file}`));
  return [...values].map(([name, value]) => sample(fieldOf(statistic, `${subsystem}_${name}`), {}, value));
}

/** What is no folder has nothing in it. */
async function poolOf(view: HostView, zpool: string): Promise<readonly Sample[]> {
  const names = listed(view, `${folder}/${zpool}`);
  const samples = await Promise.all(names.map((name) => poolFile(view, zpool, name)));
  return samples.flat();
}

function listed(view: HostView, path: string): readonly string[] {
  try {
    return view.list(path);
  } catch {
    return [];
  }
}

/** A pool may be exported while it is read: then it has nothing more to say. */
async function poolFile(view: HostView, zpool: string, name: string): Promise<readonly Sample[]> {
  if (name !== 'io' && name !== 'state' && !name.startsWith('objset-')) return [];
  const text = await view.read(`${folder}/${zpool}/${name}`).catch(() => '');
  if (name === 'state') return statesOf(zpool, text.trim().toLowerCase());
  if (name === 'io') {
    return [...parseKstatTable(text)].map(([field, value]) => sample(fieldOf(pool, field), { zpool }, value));
  }
  const { values, dataset: of } = parseKstat(text);
  if (of === undefined) return [];
  return [...values].map(([field, value]) => sample(fieldOf(dataset, field), { zpool, dataset: of }, value));
}

function statesOf(zpool: string, now: string): readonly Sample[] {
  return now === '' ? [] : states.map((state) => sample(poolState, { zpool, state }, Number(state === now)));
}
