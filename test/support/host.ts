import { fileURLToPath } from 'node:url';
import type { Sample } from '../../src/model/sample.ts';
import { createProcfs, type FilesystemStats, type HostPaths, type Procfs } from '../../src/sources/procfs/procfs.ts';
import type { Timex } from '../../src/sources/procfs/timex.ts';
import { FakeClock } from './fake-clock.ts';

const space: FilesystemStats = { size: 1000, free: 400, available: 300, files: 50, filesFree: 20 };

/** A clock that NTP keeps: STA_PLL and STA_NANO, 1.5 ms off. */
const discipline: Timex = {
  state: 0,
  offset: 1_500_000,
  freq: -655_360,
  maxerror: 21_000,
  esterror: 500,
  status: 0x2001,
  constant: 7,
  tick: 10_000,
  ppsfreq: 0,
  jitter: 0,
  shift: 0,
  stabil: 0,
  jitcnt: 0,
  calcnt: 0,
  errcnt: 0,
  stbcnt: 0,
  tai: 37,
};

/** The trees of one host under test/fixtures. */
export function fixturePaths(name: string): HostPaths {
  const folder = (tree: string): string => fileURLToPath(new URL(`../fixtures/${tree}/${name}`, import.meta.url));
  return { procfs: folder('procfs'), sysfs: folder('sysfs'), rootfs: folder('rootfs') };
}

/** A fake host of test/fixtures, with the disk space that `statfs` says. */
export function fakeHost(
  name: string,
  statfs: (mountPoint: string) => Promise<FilesystemStats> = async () => space,
): Procfs {
  const source = createProcfs({ clock: new FakeClock(), ...fixturePaths(name) });
  const paths = { ...source.paths, sysfs: '/sys', rootfs: '/' };
  return { ...source, paths, machine: 'x86_64', pageSize: () => 4_096, timex: async () => discipline, statfs };
}

/** One line per sample, sorted, without its help: `name{label="value"} 1`. */
export function linesOfSamples(samples: readonly Sample[]): readonly string[] {
  return samples
    .map(({ metric, labels, value }) => {
      const pairs = Object.entries(labels)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([label, text]) => `${label}=${JSON.stringify(text)}`);
      return `${metric.name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
    })
    .sort();
}
