import { expect, it } from 'vitest';
import { isUnderMaintenance } from '../../src/model/container.ts';

it.each([
  ['backup', true],
  ['true', true],
  ['false', false],
  ['Off', false],
  ['no', false],
  ['0', false],
  ['', false],
  [undefined, false],
])('a container whose label of maintenance is %j is under it: %s', (value, expected) => {
  const labels = value === undefined ? {} : { 'runnerwatch.maintenance': value };
  expect(isUnderMaintenance({ labels })).toBe(expected);
});
