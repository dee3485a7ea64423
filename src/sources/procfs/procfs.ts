import { machine } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/deadline.ts';
import { readBoundedFile } from '../bounded-file.ts';
import { createStatfs, type FilesystemStats } from './statfs.ts';

export type { FilesystemStats } from './statfs.ts';

/** Where the host's own trees are mounted: `/proc`, `/sys` and `/`, or `/host/proc`, … in a container. */
export interface HostPaths {
  readonly procfs: string;
  readonly sysfs: string;
  readonly rootfs: string;
}

export interface Procfs {
  readonly paths: HostPaths;
  /** The processor's name as uname(2) has it, for kernels whose procfs does not tell. */
  readonly machine: string;
  /** A file under procfs, such as `net/dev`. Rejects as `fs` does, or after 2 s, or beyond 4 MiB. */
  read(path: string, signal: AbortSignal): Promise<string>;
  /**
   * A mount point of the host, named as the host names it. Rejects where it cannot be asked or does not answer in
   * time; a mount that still owes an answer is not asked again.
   */
  statfs(mountPoint: string, signal: AbortSignal): Promise<FilesystemStats>;
}

const readMs = 2_000;
const maxBytes = 4_194_304;

export function createProcfs({ clock, ...paths }: HostPaths & { readonly clock: Clock }): Procfs {
  const underWay = new Map<string, Promise<string>>();
  /** A read that hangs is joined, not repeated: each holds a thread. */
  function readOnce(path: string): Promise<string> {
    const file = join(paths.procfs, path);
    const reading = underWay.get(file) ?? readBoundedFile(file, maxBytes).finally(() => underWay.delete(file));
    underWay.set(file, reading);
    return reading;
  }
  const statfs = createStatfs(clock);
  return {
    paths,
    machine: machine(),
    read: (path, signal) => withDeadline(clock, { ms: readMs, what: path, signal }, () => readOnce(path)),
    statfs: (mountPoint, signal) => statfs(join(paths.rootfs, mountPoint), signal),
  };
}
