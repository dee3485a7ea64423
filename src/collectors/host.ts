import { reasonOf } from '../lib/log.ts';
import { gauge, type Sample, sample } from '../model/sample.ts';
import type { Procfs } from '../sources/procfs/procfs.ts';
import { type BaseDeps, defineCollector, PartialCollection } from './collector.ts';
import { excludesOf, HostConfig } from './host/config.ts';
import { cpu } from './host/cpu.ts';
import { diskstats } from './host/diskstats.ts';
import { filefd } from './host/filefd.ts';
import { filesystem } from './host/filesystem.ts';
import { loadavg } from './host/loadavg.ts';
import { meminfo } from './host/meminfo.ts';
import { netdev } from './host/netdev.ts';
import type { HostPart, HostView } from './host/part.ts';
import { pressure } from './host/pressure.ts';
import { stat } from './host/stat.ts';
import { time } from './host/time.ts';
import { uname } from './host/uname.ts';
import { vmstat } from './host/vmstat.ts';

const parts = [
  cpu,
  diskstats,
  filefd,
  filesystem,
  loadavg,
  meminfo,
  netdev,
  pressure,
  stat,
  time,
  uname,
  vmstat,
] as const satisfies readonly HostPart[];

const success = gauge('node_scrape_collector_success', 'Whether a part of the host could be read (1) or not (0).', [
  'collector',
]);
const duration = gauge('node_scrape_collector_duration_seconds', 'How long it took to read a part of the host.', [
  'collector',
]);

type HostDeps = BaseDeps & { readonly procfs: Procfs };

export const host = defineCollector({
  name: 'host',
  help: "The host's processors, memory, filesystems, disks, network and pressure, with node_exporter's names.",
  schedule: 'scrape',
  config: HostConfig,
  metrics: {
    success,
    duration,
    ...Object.fromEntries(
      parts.flatMap(({ metrics }) => Object.values(metrics).map((metric) => [metric.name, metric])),
    ),
  },
  async collect(deps: HostDeps, config, signal) {
    const view = viewOf(deps, config, signal);
    const results = await Promise.all(parts.map((part) => collectPart(part, view, deps)));
    const samples = results.flatMap((result) => result.samples);
    const failed = results.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    if (failed.length > 0) throw new PartialCollection(summaryOf(failed, deps.procfs.paths.procfs), samples);
    return samples;
  },
});

/** With most parts failing, it is procfs itself that is not there: one sentence says more than ten. */
function summaryOf(failed: readonly string[], procfs: string): string {
  if (failed.length <= parts.length / 2) return failed.join('; ');
  return `${failed.length} of ${parts.length} parts could not be read under ${procfs}, such as ${failed[0]}`;
}

/** Compiled once per configuration, and gone with it. */
const excludes = new WeakMap<HostConfig, HostView['exclude']>();

function viewOf({ procfs, clock }: HostDeps, config: HostConfig, signal: AbortSignal): HostView {
  const exclude = excludes.get(config) ?? excludesOf(config);
  excludes.set(config, exclude);
  const files = new Map<string, Promise<string>>();
  return {
    machine: procfs.machine,
    rootfs: procfs.paths.rootfs,
    now: clock.now(),
    exclude,
    read: (path) => {
      const file = files.get(path) ?? procfs.read(path, signal);
      files.set(path, file);
      return file;
    },
    statfs: (mountPoint) => procfs.statfs(mountPoint, signal),
  };
}

interface PartResult {
  readonly samples: readonly Sample[];
  readonly failure: string | undefined;
}

async function collectPart(part: HostPart, view: HostView, { clock }: BaseDeps): Promise<PartResult> {
  const start = clock.monotonic();
  const labels = { collector: part.name };
  const ended = (collected: readonly Sample[], failure?: string): PartResult => ({
    samples: [
      ...collected,
      sample(success, labels, Number(failure === undefined)),
      sample(duration, labels, (clock.monotonic() - start) / 1000),
    ],
    failure,
  });
  try {
    return ended(await part.collect(view));
  } catch (error) {
    return ended([], `${part.name}: ${reasonOf(error)}`);
  }
}
