import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArp } from '../../src/collectors/host/arp.ts';
import { ratioOf } from '../../src/collectors/host/btrfs.ts';
import { parseConntrackStats } from '../../src/collectors/host/conntrack.ts';
import { rangesOf } from '../../src/collectors/host/cpu-topology.ts';
import { parseUdev } from '../../src/collectors/host/disk-info.ts';
import { parseDiskstats } from '../../src/collectors/host/diskstats.ts';
import { parseFileNr } from '../../src/collectors/host/filefd.ts';
import { parseSensorFile } from '../../src/collectors/host/hwmon-sensor.ts';
import { parseIpvs, parseIpvsStats } from '../../src/collectors/host/ipvs-table.ts';
import { parseKstat, parseKstatTable } from '../../src/collectors/host/kstat.ts';
import { parseLoadavg } from '../../src/collectors/host/loadavg.ts';
import { parseMdstat } from '../../src/collectors/host/mdstat.ts';
import { parseMeminfo } from '../../src/collectors/host/meminfo.ts';
import { parseMountinfo, stripRootfs } from '../../src/collectors/host/mountinfo.ts';
import { parseNetDev } from '../../src/collectors/host/netdev.ts';
import { parseNetstat, parseSnmp6 } from '../../src/collectors/host/netstat.ts';
import { parseOsRelease } from '../../src/collectors/host/os.ts';
import { parsePressure } from '../../src/collectors/host/pressure.ts';
import { parseProcStat } from '../../src/collectors/host/proc-stat.ts';
import { operationsOf, parseRpcStats } from '../../src/collectors/host/rpc-stats.ts';
import { parseSchedstat } from '../../src/collectors/host/schedstat.ts';
import { parseSelinuxConfig } from '../../src/collectors/host/selinux.ts';
import { parseSockstat } from '../../src/collectors/host/sockstat.ts';
import { parseSoftnet } from '../../src/collectors/host/softnet.ts';
import { zoneAt } from '../../src/collectors/host/time-zone.ts';
import { parseUdpQueues } from '../../src/collectors/host/udp-queues.ts';
import { parseVmstat } from '../../src/collectors/host/vmstat.ts';
import { host } from '../../src/collectors/host.ts';
import { silentLog } from '../../src/lib/log.ts';
import { parsePing } from '../../src/sources/ping-output.ts';
import type { Procfs, Tree } from '../../src/sources/procfs/procfs.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fakeHost } from '../support/host.ts';

const parsers = {
  parseArp,
  parseConntrackStats,
  parseUdev,
  parseIpvs,
  parseIpvsStats,
  parseKstat,
  parseKstatTable,
  parseMdstat,
  parseNetstat,
  parseSnmp6,
  parseOsRelease,
  parseRpcStats,
  parseSchedstat,
  parseSelinuxConfig,
  parseSockstat,
  parseSoftnet,
  parseUdpQueues,
  zoneAt: (text: string) => zoneAt(`TZif\n${text}`, 1_800_000_000),
  parseDiskstats,
  parseFileNr,
  parseLoadavg,
  parseMeminfo,
  parseMountinfo,
  parseNetDev,
  parsePressure,
  parseProcStat,
  parseVmstat,
  parsePing,
};

/** Words that lead deep into the parsers, in any order. */
const word = fc.oneof(
  fc.constantFrom(
    'md0',
    ':',
    'blocks',
    '[2/1]',
    'Tcp:',
    'TCP',
    '->',
    'C0A80016:0CEA',
    'name',
    'proc4',
    'cpu',
    'cpu0',
    'intr',
    'MemTotal:',
    'kB',
    'eth0:',
    '8:0',
    '/',
    '-',
    'ext4',
    'rw',
    'some',
    'total=1',
  ),
  fc.integer().map(String),
  fc.string({ unit: 'binary' }),
);
const text = fc
  .array(
    fc.array(word, { maxLength: 20 }).map((words) => words.join(' ')),
    { maxLength: 10 },
  )
  .map((lines) => lines.join('\n'));

function numbersIn(value: unknown): readonly number[] {
  if (typeof value === 'number') return [value];
  if (value instanceof Map) return [...value.values()].flatMap(numbersIn);
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(numbersIn) : [];
}

/** Names that each part of sysfs takes for its own, and one that none does. */
const folders = [
  ...[
    'hwmon0',
    'temp1_input',
    'energy1_input',
    'freq1_input',
    'freq1_label',
    'thermal_zone0',
    'cooling_device1',
    'eth0',
  ],
  ...['cpu0', 'clocksource0', 'mc0', 'csrow0', 'nvme0', 'nvme0n1', 'intel-rapl:0', 'md0', 'st0', '1', 'raid5', 'a\nb'],
  ...[
    '0abb23a9-579b-43e6-ad30-227ef47fcb9d',
    'scaling_cur_freq',
    'arcstats',
    'io',
    'state',
    'objset-0x20',
    'energy_now',
  ],
];

/** A host of which each file holds the same text, and each folder the same names. */
function hostThatSays(text: string): Procfs {
  const tree: Tree = {
    read: async () => text,
    list: () => folders,
    attributes: (_, names) => new Map(names.map((name) => [name, text])),
    link: () => text,
    realPath: () => text.split('/'),
  };
  return { ...fakeHost('linux-6.18'), ...tree, sysfs: tree, rootfs: tree };
}

describe('parsers of the host', () => {
  it.each(Object.entries(parsers))('%s takes any text and gives no NaN', (_, parse) => {
    fc.assert(
      fc.property(text, (input) => {
        expect(numbersIn(parse(input)).filter((number) => !Number.isFinite(number))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('gives a prefix of the whole where a file is cut anywhere', async () => {
    const procfs = fakeHost('linux-6.18');
    const stat = await procfs.read('stat', new AbortController().signal);
    const whole = parseProcStat(stat);
    for (let length = 0; length <= stat.length; length++) {
      const part = parseProcStat(stat.slice(0, length));
      expect(whole.cpus.slice(0, part.cpus.length)).toEqual(part.cpus);
      for (const [name, value] of part.totals) expect(whole.totals.get(name)).toBe(value);
    }
  });

  it('finds no sample that is not finite, whatever all files say', async () => {
    const config = host.config.parse({});
    await fc.assert(
      fc.asyncProperty(text, async (input) => {
        const procfs = hostThatSays(input);
        const deps = { clock: new FakeClock(), log: silentLog, procfs };
        const samples = await host.collect(deps, config, new AbortController().signal).catch((error) => error.samples);
        expect(numbersIn(samples).filter((number) => !Number.isFinite(number))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('stripRootfs', () => {
  it.each([
    ['/host', '/host', '/'],
    ['/host/var', '/host', '/var'],
    ['/host/var', '/host/', '/var'],
    ['/hostage', '/host', '/hostage'],
    ['/var', '/host', '/var'],
    ['/var', '/', '/var'],
    ['/', '/', '/'],
  ])('%s through %s is %s', (mountPoint, rootfs, expected) => {
    expect(stripRootfs(mountPoint, rootfs)).toBe(expected);
  });
});

describe('zoneAt', () => {
  const at = (iso: string): number => Date.parse(iso) / 1000;
  it.each([
    ['CET-1CEST,M3.5.0,M10.5.0/3', '2026-03-29T00:59:59Z', 'CET', 3_600],
    ['CET-1CEST,M3.5.0,M10.5.0/3', '2026-03-29T01:00:00Z', 'CEST', 7_200],
    ['CET-1CEST,M3.5.0,M10.5.0/3', '2026-10-25T00:59:59Z', 'CEST', 7_200],
    ['CET-1CEST,M3.5.0,M10.5.0/3', '2026-10-25T01:00:00Z', 'CET', 3_600],
    ['AEST-10AEDT,M10.1.0,M4.1.0/3', '2026-12-31T14:00:00Z', 'AEDT', 39_600],
    ['AEST-10AEDT,M10.1.0,M4.1.0/3', '2026-07-01T00:00:00Z', 'AEST', 36_000],
    ['EST5EDT,M3.2.0,M11.1.0', '2026-03-08T07:00:00Z', 'EDT', -14_400],
    ['<+0545>-5:45', '2026-01-01T00:00:00Z', '+0545', 20_700],
    ['<-02>2<-01>,M3.5.0/-1,M10.5.0/0', '2026-07-01T00:00:00Z', '-01', -3_600],
    ['UTC0', '2026-07-01T00:00:00Z', 'UTC', 0],
  ])('%s at %s is %s', (rule, time, name, offset) => {
    expect(zoneAt(`TZif2\n${rule}\n`, at(time))).toEqual({ name, offset });
  });

  it.each(['', 'CET', 'CET-1CEST,J60,J300', 'a-1'])('does not know %j', (rule) => {
    expect(zoneAt(`TZif2\n${rule}\n`, 0)).toBeUndefined();
  });

  it('does not take another file for a zone', () => {
    expect(zoneAt('hello\nUTC0\n', 0)).toBeUndefined();
  });
});

it.each([
  ['0-2,5', ['0', '1', '2', '5']],
  ['', []],
  ['3-1', []],
  ['0-99999', []],
])('the processors %j are %j', (text, cpus) => {
  expect(rangesOf(text)).toEqual(cpus);
});

it.each([
  ['single', 3, 1],
  ['raid1c3', 4, 3],
  ['raid5', 4, 4 / 3],
  ['raid6', 4, 2],
  ['raid6', 2, undefined],
  ['flags', 4, undefined],
])('a byte of %s on %d devices takes %s', (mode, devices, ratio) => {
  expect(ratioOf(mode, devices)).toBe(ratio);
});

it.each([
  ['temp1_input', { kind: 'temp', sensor: 'temp1', attribute: 'input' }],
  ['pwm2', { kind: 'pwm', sensor: 'pwm2', attribute: '' }],
  ['intrusion0_alarm', { kind: 'intrusion', sensor: 'intrusion0', attribute: 'alarm' }],
  ['update_interval', { kind: 'update_interval', sensor: 'update_interval0', attribute: '' }],
  ['uevent', undefined],
  ['temp1_', undefined],
])('the file %s is %j', (name, file) => {
  expect(parseSensorFile(name)).toEqual(file);
});

it('takes no operations from a line that was cut off', () => {
  expect(operationsOf(['Null', 'GetAttr'], [2, 5, 7])).toEqual([
    ['Null', 5],
    ['GetAttr', 7],
  ]);
  expect(operationsOf(['Null', 'GetAttr'], [2, 5])).toEqual([]);
  expect(operationsOf(['Null'], undefined)).toEqual([]);
});
