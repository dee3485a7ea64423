import { gauge, type Sample, sample } from '../../model/sample.ts';
import { integerOf } from './attributes.ts';
import { type HostView, linesOf } from './part.ts';

const info = gauge('node_disk_info', 'What sysfs and udev know of a disk; always 1.', [
  'device',
  'major',
  'minor',
  'path',
  'wwn',
  'model',
  'serial',
  'revision',
  'rotational',
]);
const filesystem = gauge('node_disk_filesystem_info', 'What udev knows of the filesystem on a disk; always 1.', [
  'device',
  'type',
  'usage',
  'uuid',
  'version',
]);
const mapper = gauge('node_disk_device_mapper_info', 'What udev knows of a mapped device; always 1.', [
  'device',
  'name',
  'uuid',
  'vg_name',
  'lv_name',
  'lv_layer',
]);

/** Properties of udev that are numbers, of a disk behind ATA. */
const ata = {
  ID_ATA_WRITE_CACHE: gauge('node_disk_ata_write_cache', 'Whether the disk has a write cache (1) or not (0).', [
    'device',
  ]),
  ID_ATA_WRITE_CACHE_ENABLED: gauge(
    'node_disk_ata_write_cache_enabled',
    'Whether the write cache of the disk is on (1) or not (0).',
    ['device'],
  ),
  ID_ATA_ROTATION_RATE_RPM: gauge(
    'node_disk_ata_rotation_rate_rpm',
    'Turns of the disk a minute; 0 where it does not turn.',
    ['device'],
  ),
} as const;

export const diskInfoMetrics = [info, filesystem, mapper, ...Object.values(ata)];

interface DiskNumber {
  readonly device: string;
  readonly major: string;
  readonly minor: string;
}

/** `E:KEY=value` a line, in systemd's database of devices; a key's value. */
export function parseUdev(text: string): ReadonlyMap<string, string> {
  const pairs = linesOf(text).map((line) => /^E:(\w+)=(.*)$/.exec(line) ?? []);
  return new Map(pairs.flatMap(([, key, value]) => (key && value !== undefined ? [[key, value.slice(0, 256)]] : [])));
}

/** A host without udev, such as one of busybox, tells less. */
export async function diskInfoOf({ device, major, minor }: DiskNumber, view: HostView): Promise<readonly Sample[]> {
  const udev = parseUdev(await view.root.read(`run/udev/data/b${major}:${minor}`).catch(() => ''));
  const of = (key: string): string => udev.get(key) ?? '';
  // A device's name with a slash is a folder with an exclamation mark.
  const queue = view.sys.attributes(`block/${device.replaceAll('/', '!')}/queue`, ['rotational']);
  const words = { path: of('ID_PATH'), wwn: of('ID_WWN'), model: of('ID_MODEL'), revision: of('ID_REVISION') };
  const serial = of('ID_SERIAL_SHORT');
  const rotational = queue.get('rotational') ?? '';
  return [
    sample(info, { device, major, minor, ...words, serial, rotational }, 1),
    ...filesystemOf(device, of),
    ...mapperOf(device, of),
    ...ataOf(device, of),
  ];
}

type Property = (key: string) => string;

function filesystemOf(device: string, of: Property): readonly Sample[] {
  const type = of('ID_FS_TYPE');
  if (type === '') return [];
  const labels = { device, type, usage: of('ID_FS_USAGE'), uuid: of('ID_FS_UUID'), version: of('ID_FS_VERSION') };
  return [sample(filesystem, labels, 1)];
}

function mapperOf(device: string, of: Property): readonly Sample[] {
  const name = of('DM_NAME');
  if (name === '') return [];
  const volume = { vg_name: of('DM_VG_NAME'), lv_name: of('DM_LV_NAME'), lv_layer: of('DM_LV_LAYER') };
  return [sample(mapper, { device, name, uuid: of('DM_UUID'), ...volume }, 1)];
}

function ataOf(device: string, of: Property): readonly Sample[] {
  if (of('ID_ATA') === '') return [];
  return Object.entries(ata).flatMap(([key, metric]) => {
    const value = integerOf(of(key));
    return value === undefined ? [] : [sample(metric, { device }, value)];
  });
}
