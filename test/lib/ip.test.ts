import { expect, it } from 'vitest';
import { fnv1a32, ipBytes } from '../../src/lib/ip.ts';

it.each([
  ['192.0.2.7', [192, 0, 2, 7]],
  ['::', new Array(16).fill(0)],
  ['::1', [...new Array(15).fill(0), 1]],
  ['fe80::1%eth0', [0xfe, 0x80, ...new Array(13).fill(0), 1]],
  ['2001:db8:1:2:3:4:5:6', [0x20, 1, 0x0d, 0xb8, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6]],
  ['::ffff:192.0.2.7', [192, 0, 2, 7]],
])('%s has its bytes', (address, bytes) => expect(ipBytes(address)).toEqual(bytes));

// The test vectors of FNV's authors.
it.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('hashes %j', (text, hash) => expect(fnv1a32([...Buffer.from(text)])).toBe(hash));
