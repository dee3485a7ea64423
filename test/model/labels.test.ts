import { expect, it } from 'vitest';
import { fingerprint, type Labels } from '../../src/model/labels.ts';

/** FNV-1a of 64 bits, byte by byte, as its authors write it down. */
function written(labels: Labels): string {
  const parts = Object.keys(labels)
    .sort()
    .flatMap((name) => [...Buffer.from(name), 0xff, ...Buffer.from(labels[name] ?? ''), 0xff]);
  const hash = parts.reduce(
    (sum, byte) => BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n),
    0xcbf29ce484222325n,
  );
  return hash.toString(16).padStart(16, '0');
}

it.each<[Labels, string]>([
  [{}, 'cbf29ce484222325'],
  [{ alertname: 'Down' }, '6accfd3d0992a914'],
  [{ zone: '東京 🗼', alertname: 'Überlast', a: '' }, '323aecd838d6bd9d'],
  [{ text: 'plain, then ünicode, then plain' }, written({ text: 'plain, then ünicode, then plain' })],
])('the fingerprint of %j is %s', (labels, expected) => {
  expect(fingerprint(labels)).toBe(expected);
  expect(written(labels)).toBe(expected);
});
