import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './processes.ts';
import { binary } from './services.ts';

/** Without blocks that only root may take: full is full for everybody. */
const make = {
  ext4: ['mkfs.ext4', '-q', '-m', '0'],
  btrfs: ['mkfs.btrfs', '-q'],
} as const;

/** A partition of its own, which can be filled: a file system in a file. Needs root. */
export function createSmallDisk(kind: keyof typeof make, gibibytes: number) {
  using stack = new DisposableStack();
  const folder = stack.use(temporaryFolder());
  const [image, path] = [join(folder.path, 'image'), join(folder.path, 'disk')];
  // As a partition lies: whoever asks for its space may get there.
  chmodSync(folder.path, 0o755);
  writeFileSync(image, '');
  // It takes as much as is written.
  truncateSync(image, gibibytes * 1024 ** 3);
  mkdirSync(path);
  const [command, ...options] = make[kind];
  execFileSync(binary(command), [...options, image], { stdio: 'pipe' });
  execFileSync(binary('mount'), ['-o', 'loop', image, path], { stdio: 'pipe' });
  stack.defer(() => void execFileSync(binary('umount'), ['--lazy', path], { stdio: 'pipe' }));
  const owned = stack.move();
  return { path, [Symbol.dispose]: () => owned.dispose() };
}
