import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInterfaces } from '../../../src/sources/cgroup/net-dev.ts';
import {
  countOf,
  parseBlkio,
  parseFlatKeyed,
  parseIoStat,
  parsePressureFile,
} from '../../../src/sources/cgroup/parse.ts';
import { membershipsOf } from '../../../src/sources/cgroup/place.ts';

const id = 'a'.repeat(64);
const count = fc.nat({ max: 2 ** 31 - 1 });
const key = fc.stringMatching(/^[a-z_.]{1,20}$/);
const device = fc.tuple(fc.nat(500), fc.nat(500)).map(([major, minor]) => `${major}:${minor}`);
/** Lines that no parser of these knows, whatever else is in them. */
const foreign = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `?${text.replaceAll('\n', ' ')}`);

/** The lines in any order, with foreign ones between them. */
function mixed(lines: readonly string[], others: readonly string[]): string {
  return [...others, ...lines.flatMap((line, index) => [line, others[index] ?? '?'])].join('\n');
}

describe('parsers of kernel files', () => {
  it('give back any keyed counts, whatever stands between them', () => {
    fc.assert(
      fc.property(fc.dictionary(key, count), fc.array(foreign), (values, others) => {
        const lines = Object.entries(values).map(([name, value]) => `${name} ${value}`);
        const known = [...parseFlatKeyed(mixed(lines, others))].filter(([name]) => !name.startsWith('?'));
        expect(Object.fromEntries(known)).toEqual({ ...values });
      }),
    );
  });

  it('give back the counters of any devices, from the files of either version', () => {
    const counters = fc.tuple(count, count, count, count);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(device, counters), { selector: ([name]) => name }), (devices) => {
        const expected = devices.map(([name, [readBytes, writeBytes, reads, writes]]) => ({
          ...{ device: name, readBytes, writeBytes, reads, writes },
        }));
        const v2 = devices.map(([name, [r, w, ri, wi]]) => `${name} rbytes=${r} wbytes=${w} rios=${ri} wios=${wi}`);
        expect(parseIoStat(v2.join('\n'))).toEqual(expected);
        const bytes = devices.flatMap(([name, [r, w]]) => [
          `${name} Read ${r}`,
          `${name} Write ${w}`,
          `${name} Sync 7`,
        ]);
        const operations = devices.flatMap(([name, [, , r, w]]) => [`${name} Read ${r}`, `${name} Write ${w}`]);
        expect(parseBlkio(bytes.join('\n'), operations.join('\n'))).toEqual(expected);
      }),
    );
  });

  it('never throw, and never give what is no finite count, whatever the file holds', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'0:8 Read=max\n-.') })),
        (text) => {
          const { waitingSeconds = 0, stalledSeconds = 0 } = parsePressureFile(text);
          const numbers = [
            countOf(text) ?? 0,
            waitingSeconds,
            stalledSeconds,
            ...parseFlatKeyed(text).values(),
            ...[...parseIoStat(text), ...parseBlkio(text, text)].flatMap(({ device: _, ...rest }) =>
              Object.values(rest),
            ),
            ...parseInterfaces(text).flatMap(({ receive, transmit }) => [receive.bytes, transmit.dropped]),
          ];
          for (const number of numbers) expect(Number.isFinite(number) && number >= 0).toBe(true);
          membershipsOf(text, id);
        },
      ),
    );
  });

  it('cut off anywhere, give a part of what the whole file gives', () => {
    const whole = `some avg10=0.14 avg60=0.68 avg300=0.53 total=21168678\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n`;
    for (let end = 0; end < whole.length; end++) {
      const { stalledSeconds } = parsePressureFile(whole.slice(0, end));
      expect([undefined, 5e-6]).toContain(stalledSeconds);
    }
  });

  it.each([
    ['12\n', 12],
    ['0', 0],
    ['max\n', undefined],
    ['', undefined],
    [undefined, undefined],
    ['-1', undefined],
    ['1e9', undefined],
    ['0x10', undefined],
    ['12 13', undefined],
    ['9'.repeat(21), undefined],
  ])('take %j for the count %s', (text, expected) => {
    expect(countOf(text)).toBe(expected);
  });
});

describe('the groups of a process', () => {
  it.each([
    [`0::/docker/${id}\n`, [`=/docker/${id}`]],
    [`0::/docker/${id}/docker/${'b'.repeat(64)}\n`, [`=/docker/${id}`]],
    [`0::/../docker-${id}.scope/init\n`, [`=/../docker-${id}.scope`]],
    [`4:cpu,cpuacct:/a/${id}\n1:name=systemd:/b/${id}/c\n0::/\n`, [`cpu,cpuacct=/a/${id}`, `name=systemd=/b/${id}`]],
    [`0::/docker/${id.slice(1)}\n`, []],
    ['', []],
  ])('are those up to the id: %j', (text, expected) => {
    expect(membershipsOf(text, id).map(({ controllers, path }) => `${controllers}=${path}`)).toEqual(expected);
  });
});

describe('interfaces', () => {
  it('are those with a whole line, but not loopback and those of engines inside', () => {
    const row = (from: number) => Array.from({ length: 16 }, (_, index) => from + index).join(' ');
    const text = [
      'Inter-|   Receive |  Transmit',
      ' face |bytes packets',
      `    lo: ${row(0)}`,
      `  eth0:${row(100)}`,
      `docker0: ${row(0)}`,
      `veth12: ${row(0)}`,
      `a:b: ${row(200)}`,
      'eth9: 1 2 3',
      'eth8: 1 2 x 4 5 6 7 8 9 10 11 12 13 14 15 16',
    ].join('\n');
    expect(parseInterfaces(text)).toEqual([
      {
        interface: 'eth0',
        receive: { bytes: 100, packets: 101, errors: 102, dropped: 103 },
        transmit: { bytes: 108, packets: 109, errors: 110, dropped: 111 },
      },
      {
        interface: 'a:b',
        receive: { bytes: 200, packets: 201, errors: 202, dropped: 203 },
        transmit: { bytes: 208, packets: 209, errors: 210, dropped: 211 },
      },
    ]);
  });
});
