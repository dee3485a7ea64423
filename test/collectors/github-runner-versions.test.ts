import { describe, expect, it } from 'vitest';
import { compareVersions, isOutdated, updateDeadline } from '../../src/collectors/github/runner-versions.ts';
import type { KnownRelease } from '../../src/model/runner.ts';

const day = 86_400_000;

function release(version: string, publishedDay: number): KnownRelease {
  return { version, publishedAt: publishedDay * day, standIn: false };
}

const releases = [
  release('2.337.0', 40),
  release('2.336.0', 30),
  release('2.335.1', 21),
  release('2.335.0', 20),
  release('2.334.0', 10),
];

describe('versions', () => {
  it.each([
    ['2.336.0', '2.336.0', 0],
    ['2.99.1', '2.336.0', -1],
    ['2.336.10', '2.336.9', 1],
    ['2.336', '2.336.0', 0],
    ['3.0.0', '2.336.0', 1],
    ['', '2.336.0', undefined],
    ['2.336.0', 'v2.336.0', undefined],
    ['2.336.0-preview', '2.336.0', undefined],
  ])('%s to %s is %s', (a, b, expected) => {
    const order = compareVersions(a, b);
    expect(order === undefined ? undefined : Math.sign(order)).toBe(expected);
  });

  it.each([
    ['2.335.0', '2.336.0', true],
    ['2.336.0', '2.336.0', false],
    ['2.337.0', '2.336.0', false],
    [undefined, '2.336.0', undefined],
    ['2.336.0', undefined, undefined],
  ])('%s where %s is expected is outdated: %s', (version, expected, outdated) => {
    expect(isOutdated(version, expected)).toBe(outdated);
  });
});

describe('jobs stop 30 days after', () => {
  it.each([
    ['the release that it lacks', '2.335.1', '2.336.0', releases, 30],
    ['the earliest of three that it lacks', '2.334.0', '2.336.0', releases, 20],
    ['not a release that is not offered yet', '2.335.1', '2.336.0', [release('2.337.0', 5), ...releases], 30],
    [
      'when the version was first offered, where no release is known',
      '2.333.0',
      '2.334.5',
      [release('2.334.5', 17)],
      17,
    ],
  ])('%s', (_, version, expected, known, publishedDay) => {
    expect(updateDeadline(version, expected, known)).toBe((publishedDay + 30) * day);
  });

  it.each([
    ['as new as expected', '2.336.0', '2.336.0'],
    ['newer than expected', '2.337.0', '2.336.0'],
    ['of no known version', undefined, '2.336.0'],
    ['where nothing is expected', '2.334.0', undefined],
    ['where no release is known', '2.330.0', '2.331.0'],
  ])('nothing for one that is %s', (_, version, expected) => {
    expect(updateDeadline(version, expected, releases)).toBeUndefined();
  });
});
