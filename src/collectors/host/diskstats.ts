import { counter, gauge, type MetricDef, type Sample, sample } from '../../model/sample.ts';
import { diskInfoMetrics, diskInfoOf } from './disk-info.ts';
import { byName, type HostPart, linesOf, numberOf, wordsOf } from './part.ts';

/** The kernel counts sectors of 512 bytes, whatever the device's own are. */
const sector = 512;
const millisecond = 0.001;

interface Column {
  readonly metric: MetricDef<'device'>;
  readonly unit: number;
}

function total(name: string, help: string, unit = 1): Column {
  return { metric: counter(`node_disk_${name}_total`, help, ['device']), unit };
}

/** The columns of /proc/diskstats after the device's name, in the order of the kernel's iostats.rst. */
const columns: readonly Column[] = [
  total('reads_completed', 'Reads that were completed.'),
  total('reads_merged', 'Reads that were merged with another.'),
  total('read_bytes', 'Bytes read.', sector),
  total('read_time_seconds', 'Time spent by all reads.', millisecond),
  total('writes_completed', 'Writes that were completed.'),
  total('writes_merged', 'Writes that were merged with another.'),
  total('written_bytes', 'Bytes written.', sector),
  total('write_time_seconds', 'Time spent by all writes.', millisecond),
  { metric: gauge('node_disk_io_now', 'Requests that are under way.', ['device']), unit: 1 },
  total('io_time_seconds', 'Time during which the device was busy.', millisecond),
  total('io_time_weighted_seconds', 'Time that requests were under way, summed over the requests.', millisecond),
  total('discards_completed', 'Discards that were completed.'),
  total('discards_merged', 'Discards that were merged with another.'),
  total('discarded_sectors', 'Sectors of 512 bytes that were discarded.'),
  total('discard_time_seconds', 'Time spent by all discards.', millisecond),
  total('flush_requests', 'Flush requests that were completed.'),
  total('flush_requests_time_seconds', 'Time spent by all flush requests.', millisecond),
];

interface Disk {
  readonly device: string;
  readonly major: string;
  readonly minor: string;
  /** As many columns as the kernel has: 11 before 4.18, then 15, 17 since 5.5. */
  readonly values: readonly number[];
}

export function parseDiskstats(text: string): readonly Disk[] {
  return linesOf(text).flatMap((line) => {
    const [major = '', minor = '', device, ...words] = wordsOf(line);
    const values = words.slice(0, columns.length).map(numberOf);
    const isWhole = values.length >= 11 && values.every((value) => value !== undefined);
    return device && isWhole && /^\d+$/.test(major) && /^\d+$/.test(minor) ? [{ device, major, minor, values }] : [];
  });
}

export const diskstats: HostPart = {
  name: 'diskstats',
  metrics: byName([...diskInfoMetrics, ...columns.map(({ metric }) => metric)]),
  async collect(view) {
    const disks = parseDiskstats(await view.read('diskstats')).filter(({ device }) => !view.exclude.disks(device));
    const infos = await Promise.all(disks.map((disk) => diskInfoOf(disk, view)));
    return [...infos.flat(), ...disks.flatMap(samplesOf)];
  },
};

function samplesOf({ device, values }: Disk): readonly Sample[] {
  return columns.flatMap(({ metric, unit }, index) => {
    const value = values[index];
    // Dividing gives the nearest double of the decimal value, which multiplying by 0.001 misses.
    const scaled = value === undefined || unit !== millisecond ? (value ?? 0) * unit : value / 1000;
    return value === undefined ? [] : [sample(metric, { device }, scaled)];
  });
}
