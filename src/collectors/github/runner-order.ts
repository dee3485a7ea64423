import type { GithubRunner } from '../../model/runner.ts';

/** Those that work come first, then those that GitHub says nothing of, then the offline ones, the newest first. */
export function byWorth(a: GithubRunner, b: GithubRunner): number {
  return rankOf(a) - rankOf(b) || b.id - a.id;
}

function rankOf({ status, busy }: GithubRunner): number {
  if (status === 'online') return busy ? 0 : 1;
  if (busy) return 2;
  return status === 'unknown' ? 3 : 4;
}
