import { fieldOf, gauge, type MetricDef, sample } from '../../model/sample.ts';
import { type HostPart, linesOf, numberOf, wordsOf } from './part.ts';

/** The fields that kernels from 2.6 to 6.18 print in kB, over all architectures. */
const sizes = `MemTotal MemFree MemAvailable Buffers Cached SwapCached Active Inactive
  Active(anon) Inactive(anon) Active(file) Inactive(file) Unevictable Mlocked
  HighTotal HighFree LowTotal LowFree MmapCopy SwapTotal SwapFree Zswap Zswapped
  Dirty Writeback AnonPages Mapped Shmem KReclaimable Slab SReclaimable SUnreclaim KernelStack ShadowCallStack
  PageTables SecPageTables Quicklists NFS_Unstable Bounce WritebackTmp CommitLimit Committed_AS
  VmallocTotal VmallocUsed VmallocChunk Percpu EarlyMemtestBad HardwareCorrupted
  AnonHugePages ShmemHugePages ShmemPmdMapped FileHugePages FilePmdMapped CmaTotal CmaFree Unaccepted Balloon
  GPUActive GPUReclaim Hugepagesize Hugetlb DirectMap4k DirectMap64k DirectMap1M DirectMap2M DirectMap4M
  DirectMap16M DirectMap32M DirectMap1G DirectMap2G DirectMap512M DirectMap16G`.split(/\s+/);
const counts = ['HugePages_Total', 'HugePages_Free', 'HugePages_Rsvd', 'HugePages_Surp'];

/** `Active(anon)` → `Active_anon`, as node_exporter names it. */
function metricName(field: string): string {
  return `node_memory_${field.replace(/\((.*)\)/, '_$1')}`;
}

const metrics: Readonly<Record<string, MetricDef<never>>> = Object.fromEntries([
  ...sizes.map((field) => [field, gauge(`${metricName(field)}_bytes`, `Memory: ${field} of /proc/meminfo, in bytes.`)]),
  ...counts.map((field) => [field, gauge(metricName(field), `Memory: ${field} of /proc/meminfo, in pages.`)]),
]);

interface Amount {
  readonly value: number;
  readonly isSize: boolean;
}

/** Fields of kernels to come. */
const others = {
  otherSize: gauge('node_memory_<field>_bytes', 'Memory: <field> of /proc/meminfo, in bytes.'),
  otherCount: gauge('node_memory_<field>', 'Memory: <field> of /proc/meminfo, in pages.'),
} as const;

/** By field: bytes, or a count of pages for the fields without a unit. Unknown units are left out. */
export function parseMeminfo(text: string): ReadonlyMap<string, Amount> {
  const fields = new Map<string, Amount>();
  for (const line of linesOf(text)) {
    const [name = '', amount, unit, ...rest] = wordsOf(line);
    const value = numberOf(amount);
    if (!name.endsWith(':') || value === undefined || rest.length > 0) continue;
    if (unit === 'kB') fields.set(name.slice(0, -1), { value: value * 1024, isSize: true });
    if (unit === undefined) fields.set(name.slice(0, -1), { value, isSize: false });
  }
  return fields;
}

export const meminfo: HostPart = {
  name: 'meminfo',
  metrics: { ...metrics, ...others },
  async collect(view) {
    const fields = parseMeminfo(await view.read('meminfo'));
    return [...fields].map(([field, { value, isSize }]) => sample(metricOf(field, isSize), {}, value));
  },
};

function metricOf(field: string, isSize: boolean): MetricDef<never> {
  const known = Object.hasOwn(metrics, field) ? metrics[field] : undefined;
  return known ?? fieldOf(isSize ? others.otherSize : others.otherCount, field.replace(/\((.*)\)/, '_$1'));
}
