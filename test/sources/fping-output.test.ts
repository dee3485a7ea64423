import { array, assert, constantFrom, integer, option, property, string, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFping } from '../../src/sources/fping-output.ts';
import { parsePing } from '../../src/sources/ping-output.ts';

const real = `ICMP Host Unreachable from 10.0.0.1 for ICMP Echo sent to 10.0.0.9
ICMP Unreachable (Communication Administratively Prohibited) from 10.0.0.1 for ICMP Echo sent to 10.0.0.8

127.0.0.1  : 0.046 0.029 0.031
10.0.0.9   : - - -
10.0.0.8   : - - -
10.0.0.10  : 12.3 - 1234
fe80::1%lo : - 0.50 -
`;

describe('parseFping', () => {
  it('reads times, losses and refusals', () => {
    expect(parseFping(real)).toEqual(
      new Map([
        ['127.0.0.1', { packets: [0.046, 0.029, 0.031], unreachable: false }],
        ['10.0.0.9', { packets: [undefined, undefined, undefined], unreachable: true }],
        ['10.0.0.8', { packets: [undefined, undefined, undefined], unreachable: true }],
        ['10.0.0.10', { packets: [12.3, undefined, 1234], unreachable: false }],
        ['fe80::1%lo', { packets: [undefined, 0.5, undefined], unreachable: false }],
      ]),
    );
  });

  it.each([
    ['a packet line', '127.0.0.1 : [0], 64 bytes, 0.023 ms (0.023 avg, 0% loss)'],
    ['a summary of another mode', '127.0.0.1 : xmt/rcv/%loss = 1/0/100%'],
    ['a name', 'localhost : 0.1 0.2'],
    ['a complaint', "fping: can't create socket (must run as root?)"],
    ['another language', '127.0.0.1 : 0,023 0,025'],
    ['a line that was cut off', '127.0.0.1 : 0.0'.slice(0, 12)],
    ['nothing', ''],
  ])('leaves out %s', (_, line) => {
    expect(parseFping(line)).toEqual(new Map());
  });

  it('reads back whatever was measured', () => {
    const address = tuple(integer({ min: 1, max: 254 }), integer({ min: 0, max: 255 })).map(
      ([a, b]) => `10.0.${b}.${a}`,
    );
    const packets = array(
      option(
        integer({ min: 1, max: 9_999_999 }).map((us) => us / 1000),
        { nil: undefined },
      ),
      {
        minLength: 1,
        maxLength: 20,
      },
    );
    const targets = array(tuple(address, packets), { maxLength: 50 });
    assert(
      property(targets, (all) => {
        const expected = new Map(all);
        const text = [...expected].map(([name, ms]) => `${name.padEnd(15)} : ${ms.map((one) => one ?? '-').join(' ')}`);
        const found = [...parseFping(text.join('\n'))].map(([name, { packets: ms }]) => [name, ms]);
        expect(new Map(found as [string, number[]][])).toEqual(expected);
      }),
    );
  });
});

const pinged = `PING 10.0.0.9 (10.0.0.9) 56(84) bytes of data.
64 bytes from 10.0.0.9: icmp_seq=1 ttl=63 time=1.00 ms

--- 10.0.0.9 ping statistics ---
3 packets transmitted, 1 received, 66% packet loss, time 402ms
`;
const germanPing =
  '64 Bytes von 10.0.0.9: icmp_seq=1 ttl=63 Zeit=1,00 ms\n3 Pakete übertragen, 1 empfangen, 66% packet loss\n';

/** Texts that begin or end anywhere, that are in another language, that are noise. */
const foreign = tuple(
  constantFrom(real, pinged, germanPing),
  string({ unit: 'binary' }),
  integer({ min: 0, max: 400 }),
).map(([text, noise, cut]) => `${noise}${text.slice(cut % 7, cut)}${noise}`);

describe('ping and fping cut off, foreign or in another language', () => {
  it('never give a number that is none, and never throw', () => {
    assert(
      property(foreign, (text) => {
        const { stats, rttsMs, hopLimit } = parsePing(text);
        const numbers = [
          ...rttsMs,
          ...(stats ? [stats.sent, stats.received] : []),
          ...(hopLimit === undefined ? [] : [hopLimit]),
        ];
        const times = [...parseFping(text).values()].flatMap(({ packets }) => packets.filter((ms) => ms !== undefined));
        for (const number of [...numbers, ...times]) expect(number).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('is not taken for an answer', () => {
    expect(parsePing(germanPing)).toMatchObject({ stats: undefined, rttsMs: [] });
  });
});
