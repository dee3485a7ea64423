import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDiskstats } from '../../src/collectors/host/diskstats.ts';
import { parseFileNr } from '../../src/collectors/host/filefd.ts';
import { parseLoadavg } from '../../src/collectors/host/loadavg.ts';
import { parseMeminfo } from '../../src/collectors/host/meminfo.ts';
import { parseMountinfo, stripRootfs } from '../../src/collectors/host/mountinfo.ts';
import { parseNetDev } from '../../src/collectors/host/netdev.ts';
import { parsePressure } from '../../src/collectors/host/pressure.ts';
import { parseProcStat } from '../../src/collectors/host/proc-stat.ts';
import { parseVmstat } from '../../src/collectors/host/vmstat.ts';
import { host } from '../../src/collectors/host.ts';
import { silentLog } from '../../src/lib/log.ts';
import { parsePing } from '../../src/sources/ping-output.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fakeHost } from '../support/host.ts';

const parsers = {
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
  fc.constantFrom('cpu', 'cpu0', 'intr', 'MemTotal:', 'kB', 'eth0:', '8:0', '/', '-', 'ext4', 'rw', 'some', 'total=1'),
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
        const procfs = { ...fakeHost('linux-6.18'), read: async () => input };
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
