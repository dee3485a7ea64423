import { spawnSync } from 'node:child_process';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { PartialCollection } from '../../src/collectors/collector.ts';
import { host } from '../../src/collectors/host.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Sample } from '../../src/model/sample.ts';
import { createExposition } from '../../src/samples/exposition.ts';
import { createProcfs, type Procfs } from '../../src/sources/procfs/procfs.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fakeHost, linesOfSamples } from '../support/host.ts';
import { temporaryFolder } from '../support/processes.ts';
import { binary, needs } from '../support/services.ts';

const signal = new AbortController().signal;

interface Collected {
  readonly lines: readonly string[];
  readonly failure: string | undefined;
}

async function collect(procfs: Procfs, config: object = {}): Promise<Collected> {
  const deps = { clock: new FakeClock(), log: silentLog, procfs };
  try {
    return { lines: linesOfSamples(await host.collect(deps, host.config.parse(config), signal)), failure: undefined };
  } catch (error) {
    if (!(error instanceof PartialCollection)) throw error;
    return { lines: linesOfSamples(error.samples), failure: error.message };
  }
}

function about(lines: readonly string[], prefix: string): readonly string[] {
  return lines.filter((line) => line.startsWith(prefix));
}

describe('host', () => {
  it.each(['linux-6.18', 'linux-3.10'])('gives the samples of %s', async (kernel) => {
    const { lines, failure } = await collect(fakeHost(kernel));
    expect(failure).toBeUndefined();
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../fixtures/procfs/${kernel}.golden.txt`);
  });

  it('gives the samples of a server, a laptop and a board in one', async () => {
    const { lines } = await collect(fakeHost('hardware'));
    const measured = lines.filter((line) => !line.startsWith('node_scrape_collector_'));
    await expect(`${measured.join('\n')}\n`).toMatchFileSnapshot('../fixtures/procfs/hardware.golden.txt');
    // The original takes the size for blocks of the device; sysfs says it in sectors, whatever the blocks are.
    expect(lines).toContain('node_nvme_namespace_size_bytes{device="nvme0",nsid="2"} 1048576');
  });

  it('tells what is not there from what cannot be read', async () => {
    const { lines, failure } = await collect(fakeHost('linux-6.18'));
    expect(failure).toBeUndefined();
    expect(lines).toContain('node_scrape_collector_success{collector="mdadm"} 0');
    expect(lines).toContain('node_scrape_collector_success{collector="hwmon"} 0');
    expect(lines).toContain('node_scrape_collector_success{collector="edac"} 1');
  });

  it('leaves out the parts that the configuration switches off', async () => {
    const { lines } = await collect(fakeHost('linux-6.18'), { disable: ['netstat', 'cpu'] });
    expect(lines.filter((line) => /netstat|node_cpu_|collector="cpu"/.test(line))).toEqual([]);
    expect(about(lines, 'node_load1 ')).toHaveLength(1);
    expect(host.config.safeParse({ disable: ['no such part!'] }).success).toBe(false);
  });

  it('shows the others where a part hangs', async () => {
    const clock = new FakeClock();
    const procfs = fakeHost('linux-6.18');
    const all = about((await collect(procfs)).lines, 'node_scrape_collector_success');
    const names = all.flatMap((line) => /collector="(\w+)"/.exec(line)?.[1] ?? []);
    const disable = names.filter((name) => name !== 'loadavg' && name !== 'vmstat');
    const read: Procfs['read'] = async (path) => (path === 'vmstat' ? new Promise(() => {}) : '0.1 0.2 0.3 1/2 3\n');
    const deps = { clock, log: silentLog, procfs: { ...procfs, read } };
    const error = host.collect(deps, host.config.parse({ disable }), signal).catch((caught: unknown) => caught);
    await clock.advance(3_000);
    const failed = await error;
    expect(failed).toMatchObject({ name: 'PartialCollection', message: 'vmstat: it did not answer within 3 s' });
    const lines = failed instanceof PartialCollection ? linesOfSamples(failed.samples) : [];
    expect(about(lines, 'node_load1 ')).toHaveLength(1);
    expect(lines).toContain('node_scrape_collector_success{collector="vmstat"} 0');
  });

  it('lets no time of a processor fall, until the processor comes back anew', async () => {
    let stat = '';
    const procfs = fakeHost('linux-6.18');
    const changing: Procfs = {
      ...procfs,
      read: async (path, cut) => (path === 'stat' ? stat : procfs.read(path, cut)),
    };
    const iowaitAfter = async (idle: number, iowait: number): Promise<readonly string[]> => {
      stat = `cpu0 100 0 100 ${idle} ${iowait} 0 0 0 0 0\n`;
      const { lines } = await collect(changing);
      return lines.filter((line) => /mode="i(dle|owait)"/.test(line)).map((line) => line.split(' ')[1] ?? '');
    };
    expect(await iowaitAfter(9_000, 500)).toEqual(['90', '5']);
    expect(await iowaitAfter(9_100, 450)).toEqual(['91', '5']);
    expect(await iowaitAfter(8_999, 510)).toEqual(['91', '5.1']);
    expect(await iowaitAfter(100, 2)).toEqual(['1', '0.02']);
  });

  it('keeps the good lines of damaged files and says which files make no sense', async () => {
    const { lines, failure } = await collect(fakeHost('damaged'));
    expect(failure).toContain('loadavg: loadavg has an unknown format');
    expect(failure).toContain('filefd: sys/fs/file-nr has an unknown format');
    expect(failure).toContain('uname: sys/kernel does not name the kernel');
    expect(lines.filter((line) => line.includes('NaN'))).toEqual([]);
    expect(about(lines, 'node_cpu_')).toEqual([
      'node_cpu_seconds_total{cpu="1",mode="idle"} 4',
      'node_cpu_seconds_total{cpu="1",mode="nice"} 2',
      'node_cpu_seconds_total{cpu="1",mode="system"} 3',
      'node_cpu_seconds_total{cpu="1",mode="user"} 1',
    ]);
    expect(about(lines, 'node_memory_')).toEqual(['node_memory_HugePages_Total 3', 'node_memory_MemFree_bytes 10240']);
    expect(about(lines, 'node_disk_info')).toEqual([expect.stringContaining('device="sdc",major="8",minor="16"')]);
    expect(about(lines, 'node_network_receive_bytes')).toEqual(['node_network_receive_bytes_total{device="eth1"} 1']);
    expect(about(lines, 'node_filesystem_size')).toHaveLength(1);
    expect(about(lines, 'node_forks_total')).toEqual([]);
    expect(about(lines, 'node_vmstat_')).toEqual(['node_vmstat_pgfault 12']);
  });

  it('leaves out what one unreadable file holds, and nothing else', async () => {
    const procfs = fakeHost('linux-6.18');
    const broken: Procfs = {
      ...procfs,
      read: (path, cut) => (path === 'meminfo' ? Promise.reject(new Error('meminfo: EACCES')) : procfs.read(path, cut)),
    };
    const { lines, failure } = await collect(broken);
    const whole = await collect(procfs);
    expect(failure).toBe('meminfo: meminfo: EACCES');
    expect(lines).toContain('node_scrape_collector_success{collector="meminfo"} 0');
    expect(whole.lines.filter((line) => !lines.includes(line)).every((line) => line.includes('mem'))).toBe(true);
    expect(about(lines, 'node_cpu_')).toEqual(about(whole.lines, 'node_cpu_'));
  });

  it('says that a mount does not answer, and measures the others', async () => {
    const procfs = fakeHost('linux-6.18', async (mountPoint) => {
      if (mountPoint === '/mnt/nas') throw Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' });
      return { size: 10, free: 5, available: 4, files: 3, filesFree: 2 };
    });
    const { lines, failure } = await collect(procfs);
    expect(failure).toBeUndefined();
    const nas = 'device="nas:/volume 1",device_error="ETIMEDOUT",fstype="nfs4",mountpoint="/mnt/nas"';
    expect(lines.filter((line) => line.includes('fstype="nfs4"'))).toEqual([
      `node_filesystem_device_error{${nas}} 1`,
      `node_filesystem_readonly{${nas}} 0`,
    ]);
    expect(lines).toContain(
      'node_filesystem_size_bytes{device="/dev/vda",device_error="",fstype="ext4",mountpoint="/"} 10',
    );
  });

  it('names mount points without the root that they are seen through', async () => {
    const asked: string[] = [];
    const procfs = fakeHost('linux-6.18', async (mountPoint) => {
      asked.push(mountPoint);
      return { size: 1, free: 1, available: 1, files: 1, filesFree: 1 };
    });
    const seen = { ...procfs, paths: { ...procfs.paths, rootfs: '/srv' } };
    const { lines } = await collect(seen);
    expect(asked).toContain('/My Files');
    expect(lines).toContain(
      'node_filesystem_readonly{device="/dev/nvme0n1p1",device_error="",fstype="xfs",mountpoint="/My Files"} 1',
    );
  });

  it('leaves out what the configuration excludes', async () => {
    const { lines } = await collect(fakeHost('linux-6.18'), {
      filesystem: { mount_points_exclude: '^/mnt', fs_types_exclude: '' },
      diskstats: { device_exclude: 'vd' },
      netdev: { device_exclude: '^lo$' },
    });
    expect(lines.filter((line) => line.includes('/mnt/nas'))).toEqual([]);
    expect(lines.some((line) => line.includes('fstype="overlay"'))).toBe(true);
    expect(about(lines, 'node_disk_info').map((line) => /device="(\w+)"/.exec(line)?.[1])).toEqual([
      'loop0',
      'nvme0n1',
      'nvme0n1p1',
      'sda',
      'sda1',
      'zram0',
    ]);
    expect(about(lines, 'node_network_receive_bytes_total')).toHaveLength(1);
  });

  it('refuses a pattern that RE2 does not know', () => {
    expect(host.config.safeParse({ netdev: { device_exclude: '(?<=eth)0' } }).success).toBe(false);
  });

  it('declares every family that it emits', async () => {
    const declared = Object.values(host.metrics).map(({ name }) => name.replace('<field>', '\\w+'));
    const isDeclared = new RegExp(`^(${declared.join('|')})$`);
    const { lines } = await collect(fakeHost('linux-6.18'));
    expect(lines.map((line) => /^\w+/.exec(line)?.[0] ?? '').filter((name) => !isDeclared.test(name))).toEqual([]);
  });
});

describe('host on this machine', () => {
  async function collectReal(paths: { procfs: string; sysfs: string; rootfs: string }): Promise<readonly Sample[]> {
    const procfs = createProcfs({ clock: systemClock, ...paths });
    const deps = { clock: systemClock, log: silentLog, procfs };
    return host.collect(deps, host.config.parse({}), signal);
  }

  it('reads processors, memory and the root filesystem', async () => {
    const samples = await collectReal({ procfs: '/proc', sysfs: '/sys', rootfs: '/' });
    const valueNamed = (name: string) => samples.find(({ metric }) => metric.name === name)?.value;
    expect(valueNamed('node_cpu_seconds_total')).toBeGreaterThan(0);
    expect(valueNamed('node_memory_MemTotal_bytes')).toBeGreaterThan(1e8);
    expect(valueNamed('node_boot_time_seconds')).toBeGreaterThan(1e9);
    expect(samples.every(({ value }) => Number.isFinite(value))).toBe(true);
  });

  it('fails with the samples that are left where there is no procfs', async () => {
    using folder = temporaryFolder();
    const error = await collectReal({ procfs: folder.path, sysfs: '/sys', rootfs: '/' }).catch((caught) => caught);
    expect(error).toBeInstanceOf(PartialCollection);
    expect(error.message).toContain(`parts could not be read under ${folder.path}, such as arp: ENOENT`);
    expect(linesOfSamples(error.samples)).toContain('node_scrape_collector_success{collector="cpu"} 0');
  });

  it.skipIf(needs('promtool'))('passes promtool', async () => {
    const samples = await collectReal({ procfs: '/proc', sysfs: '/sys', rootfs: '/' });
    const text = await createExposition({ registry: new Registry(), samples: () => samples }).render(undefined);
    const { stderr } = spawnSync(binary('promtool'), ['check', 'metrics'], { input: text.body, encoding: 'utf8' });
    // The kernel's names, and the bits of entropy, are what promtool dislikes, there as here; they are kept.
    const camelCase = /^node_(memory|netstat)_\w+ metric names should be written in 'snake_case' not 'camelCase'$/;
    const bits = /^node_entropy_\w+_bits use base unit "bytes" instead of "bits"$/;
    const others = stderr.split('\n').filter((line) => line !== '' && !camelCase.test(line) && !bits.test(line));
    expect(others).toEqual([]);
    expect(stderr).toContain('node_memory_MemFree_bytes');
  });
});
