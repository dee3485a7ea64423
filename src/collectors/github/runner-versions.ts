import type { KnownRelease } from '../../model/runner.ts';

/** How long GitHub gives jobs to a runner that lacks a release: docs.github.com, "Runner software updates". */
const graceMs = 30 * 86_400_000;

/** Below 0 where `a` is older than `b`; undefined where one of them is no version of numbers. */
export function compareVersions(a: string, b: string): number | undefined {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  if (!left || !right) return undefined;
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbersOf(version: string): readonly number[] | undefined {
  return /^\d{1,9}(\.\d{1,9}){0,3}$/.test(version) ? version.split('.').map(Number) : undefined;
}

/** Whether the version is older than the expected one; undefined where either is not known. */
export function isOutdated(version: string | undefined, expected: string | undefined): boolean | undefined {
  if (version === undefined || expected === undefined) return undefined;
  const order = compareVersions(version, expected);
  return order === undefined ? undefined : order < 0;
}

/**
 * When GitHub stops giving jobs to the outdated version, ms since the epoch: 30 days after the earliest release that it
 * lacks. Releases that GitHub does not offer yet do not count. Undefined where it is not outdated, or nobody knows.
 */
export function updateDeadline(
  version: string | undefined,
  expected: string | undefined,
  releases: readonly KnownRelease[],
): number | undefined {
  if (version === undefined || expected === undefined || !isOutdated(version, expected)) return undefined;
  const lacked = releases.filter(
    (release) => isOutdated(version, release.version) && isOutdated(expected, release.version) === false,
  );
  return lacked.length === 0 ? undefined : Math.min(...lacked.map(({ publishedAt }) => publishedAt)) + graceMs;
}
