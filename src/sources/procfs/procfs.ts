import { statfsSync } from 'node:fs';
import { machine } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { createStatfs, type FilesystemStats } from './statfs.ts';
import { createTimex, type Timex } from './timex.ts';
import { createReader, createTree, type Tree } from './tree.ts';

export type { FilesystemStats } from './statfs.ts';
export type { Timex } from './timex.ts';
export type { Tree } from './tree.ts';

/** Where the host's own trees are mounted: `/proc`, `/sys` and `/`, or `/host/proc`, … in a container. */
export interface HostPaths {
  readonly procfs: string;
  readonly sysfs: string;
  readonly rootfs: string;
}

/** The host; `read` and its siblings are of procfs itself, such as `net/dev`. */
export interface Procfs extends Tree {
  readonly paths: HostPaths;
  /** The processor's name as uname(2) has it, for kernels whose procfs does not tell. */
  readonly machine: string;
  /** Bytes of a page of memory: what procfs calls its block size, since it keeps everything in pages. */
  pageSize(): number;
  readonly sysfs: Tree;
  readonly rootfs: Tree;
  /**
   * A mount point of the host, named as the host names it. Rejects where it cannot be asked or does not answer in
   * time; a mount that still owes an answer is not asked again.
   */
  statfs(mountPoint: string, signal: AbortSignal): Promise<FilesystemStats>;
  /** The kernel's clock discipline; rejects where nothing can ask for it. */
  timex(signal: AbortSignal): Promise<Timex>;
}

export function createProcfs({ clock, ...paths }: HostPaths & { readonly clock: Clock }): Procfs {
  const read = createReader(clock);
  const statfs = createStatfs(clock);
  return {
    ...createTree(read, paths.procfs),
    paths,
    machine: machine(),
    pageSize: () => statfsSync(paths.procfs).bsize,
    sysfs: createTree(read, paths.sysfs),
    rootfs: createTree(read, paths.rootfs),
    statfs: (mountPoint, signal) => statfs(join(paths.rootfs, mountPoint), signal),
    timex: createTimex(clock),
  };
}
