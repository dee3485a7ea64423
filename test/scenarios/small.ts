import type { WorldOptions } from './layout.ts';

/** The victim has little room there, and what counts as little is less than on a real disk. */
export function smallRoom(path: string): WorldOptions {
  return {
    room: { path, options: 'size=128m,nr_inodes=24000' },
    settings: { verdict: { min_free_disk: '32MB' } },
    env: { RUNNER_MIN_FREE_BYTES: '67108864' },
  };
}
