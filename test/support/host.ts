import { fileURLToPath } from 'node:url';
import type { Sample } from '../../src/model/sample.ts';
import { createProcfs, type FilesystemStats, type Procfs } from '../../src/sources/procfs/procfs.ts';
import { FakeClock } from './fake-clock.ts';

const space: FilesystemStats = { size: 1000, free: 400, available: 300, files: 50, filesFree: 20 };

/** A fake root of test/fixtures/procfs, with the disk space that `statfs` says. */
export function fakeHost(
  name: string,
  statfs: (mountPoint: string) => Promise<FilesystemStats> = async () => space,
): Procfs {
  const procfs = fileURLToPath(new URL(`../fixtures/procfs/${name}`, import.meta.url));
  const source = createProcfs({ clock: new FakeClock(), procfs, sysfs: '/sys', rootfs: '/' });
  return { ...source, machine: 'x86_64', statfs };
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
