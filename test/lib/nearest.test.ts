import { expect, it } from 'vitest';
import { nearestName } from '../../src/lib/nearest.ts';

it.each([
  ['icpm', 'icmp'],
  ['shs', 'ssh'],
  ['intervall', 'interval'],
  ['concurency', 'concurrency'],
  ['hots', 'host'],
  ['interval', 'interval'],
  ['prometheus', undefined],
  ['', undefined],
])('%j is nearest to %j', (text, expected) => {
  expect(nearestName(text, ['icmp', 'ssh', 'host', 'interval', 'concurrency'])).toBe(expected);
});

it('knows nothing near where there is no name', () => expect(nearestName('a', [])).toBeUndefined());
