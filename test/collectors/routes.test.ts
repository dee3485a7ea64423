import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultRoute4, defaultRoute6 } from '../../src/collectors/routes.ts';

const v4 = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	FE01A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	0101A8C0	0003	0	0	100	00000000	0	0	0
eth0	0001A8C0	00000000	0001	0	0	100	00FFFFFF	0	0	0
lo	00000000	00000000	0200	0	0	5	00000000	0	0	0
`;
const zeros = '0'.repeat(32);
const nextHop = `fe80${'0'.repeat(22)}0a0b01`;
const v6 = `fd${'0'.repeat(30)} 40 ${zeros} 00 ${zeros} 00000100 00000001 00000000 00000001     eth0
${zeros} 00 ${zeros} 00 ${nextHop} 00000400 00000003 00000000 00000003     eth0
${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200       lo
`;

describe('the default route', () => {
  it('is the one with the least metric, rejections aside', () => {
    expect(defaultRoute4(v4)).toEqual({ gateway: '192.168.1.1', metric: 100 });
    expect(defaultRoute6(v6)).toEqual({ gateway: 'fe80:0:0:0:0:0:a:b01%eth0', metric: 1024 });
  });

  it('may have no gateway, as through a tunnel', () => {
    expect(defaultRoute4('wg0 00000000 00000000 0001 0 0 0 00000000 0 0 0')).toEqual({ gateway: undefined, metric: 0 });
    expect(defaultRoute6(`${zeros} 00 ${zeros} 00 ${zeros} 00000400 1 0 00000001 wg0`)).toEqual({
      ...{ gateway: undefined, metric: 1024 },
    });
  });

  it('is none in texts that are cut off, foreign or noise', () => {
    for (const text of ['', v4.slice(0, 100), 'eth0 00000000 0101A8', 'a b c d e f g h', v6.slice(-60)]) {
      expect([defaultRoute4(text), defaultRoute6(text)]).toEqual([undefined, undefined]);
    }
    assert(
      property(string({ unit: 'binary' }), (noise) => {
        expect([defaultRoute4(noise), defaultRoute6(noise)]).toEqual([undefined, undefined]);
      }),
    );
  });
});
