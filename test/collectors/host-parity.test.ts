import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { host } from '../../src/collectors/host.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Sample } from '../../src/model/sample.ts';
import { createProcfs } from '../../src/sources/procfs/procfs.ts';
import { type RunningProcess, startProcess } from '../support/processes.ts';
import { binary, freePort } from '../support/services.ts';

/** Skips, and in CI fails, where the original is not installed. */
function isMissing(name: string): boolean {
  try {
    return binary(name) === '';
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    return true;
  }
}

/** `name{label="value"}` with sorted labels, empty ones left out. */
function seriesOf(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels)
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}${JSON.stringify(pairs)}`;
}

/** Series → value, and family → type, of a text exposition. */
function parseText(text: string) {
  const series = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, family, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (family && type) types.set(family, type);
    const [, name = '', labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (value === undefined || line.startsWith('#')) continue;
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [label, text]);
    series.set(seriesOf(name, Object.fromEntries(pairs)), Number(value));
  }
  return { series, types };
}

/** What changes from one moment to the next is not compared by value, and lists that versions differ in not by name. */
const steady =
  /^node_(memory_(MemTotal|SwapTotal|HugePages)|boot_time|filesystem_(size|files\[|readonly)|uname|filefd_max)/;
const mine =
  /^node_(cpu|load|pressure|procs|boot|context|forks|intr|filefd|vmstat|uname|network_(receive|transmit)_\w+_total)/;
/** The original reads these from elsewhere than /proc/net/dev, or sets them apart. */
const elsewhere = /nohandler|node_network_transmit_queue|node_cpu_(info|frequency|scaling|online|isolated)/;

describe.skipIf(isMissing('node_exporter'))('host beside the real node_exporter', () => {
  let exporter: RunningProcess;
  let theirs: ReturnType<typeof parseText>;
  let ours: readonly Sample[];
  const keyOf = ({ metric, labels }: Sample): string => seriesOf(metric.name, labels);

  beforeAll(async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const args = [`--web.listen-address=${address}`, '--web.disable-exporter-metrics'];
    const url = `http://${address}/metrics`;
    exporter = await startProcess({ command: binary('node_exporter'), args, ready: { url: `http://${address}/` } });
    theirs = parseText(await (await fetch(url)).text());
    const procfs = createProcfs({ clock: systemClock, procfs: '/proc', sysfs: '/sys', rootfs: '/' });
    const deps = { clock: systemClock, log: silentLog, procfs };
    ours = await host.collect(deps, host.config.parse({}), new AbortController().signal);
  });
  afterAll(() => exporter.stop());

  it('has every series of the parts that it takes over', () => {
    const known = new Set(ours.map(keyOf));
    const missing = [...theirs.series.keys()].filter(
      (key) => mine.test(key) && !elsewhere.test(key) && !known.has(key),
    );
    expect(missing).toEqual([]);
    expect([...theirs.series.keys()].filter((key) => mine.test(key)).length).toBeGreaterThan(20);
  });

  it('has no other series under their names', () => {
    const names = new Set([...theirs.series.keys()].map((key) => key.split('[', 1)[0]));
    const apart = /^node_(disk_info|filesystem|scrape)/;
    const foreign = ours.filter(
      (sample) => names.has(sample.metric.name) && !apart.test(sample.metric.name) && !theirs.series.has(keyOf(sample)),
    );
    expect(foreign.map(keyOf)).toEqual([]);
  });

  it('has their types', () => {
    const other = ours.filter(({ metric }) => {
      const type = theirs.types.get(metric.name);
      return type !== undefined && type !== 'untyped' && type !== metric.type;
    });
    expect(other.map(({ metric }) => metric.name)).toEqual([]);
  });

  it('has their values where they do not change', () => {
    const compared = ours.filter((sample) => steady.test(keyOf(sample)) && theirs.series.has(keyOf(sample)));
    expect(compared.length).toBeGreaterThanOrEqual(8);
    for (const sample of compared)
      expect([keyOf(sample), sample.value]).toEqual([keyOf(sample), theirs.series.get(keyOf(sample))]);
  });

  it('has every filesystem that they have', () => {
    const mountsOf = (keys: readonly string[]): readonly string[] =>
      keys
        .filter((key) => key.startsWith('node_filesystem_size_bytes'))
        .map((key) => /\["mountpoint","([^"]*)"\]/.exec(key)?.[1] ?? '')
        // Other tests' containers come and go between the two readings.
        .filter((mountPoint) => !/runnerwatch|docker/.test(mountPoint))
        .sort();
    expect(mountsOf(ours.map(keyOf))).toEqual(
      expect.arrayContaining([...new Set(mountsOf([...theirs.series.keys()]))]),
    );
  });
});
