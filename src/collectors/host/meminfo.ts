import { gauge, type MetricDef, sample } from '../../model/sample.ts';
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

/** Field → bytes, or a count of pages for the fields without a unit. Unknown units are left out. */
export function parseMeminfo(text: string): ReadonlyMap<string, number> {
  const fields = new Map<string, number>();
  for (const line of linesOf(text)) {
    const [name = '', amount, unit, ...rest] = wordsOf(line);
    const value = numberOf(amount);
    if (!name.endsWith(':') || value === undefined || rest.length > 0) continue;
    if (unit === 'kB') fields.set(name.slice(0, -1), value * 1024);
    if (unit === undefined) fields.set(name.slice(0, -1), value);
  }
  return fields;
}

export const meminfo: HostPart = {
  name: 'meminfo',
  metrics,
  async collect(view) {
    const fields = parseMeminfo(await view.read('meminfo'));
    return [...fields].flatMap(([field, value]) => {
      const metric = Object.hasOwn(metrics, field) ? metrics[field] : undefined;
      return metric ? [sample(metric, {}, value)] : [];
    });
  },
};
