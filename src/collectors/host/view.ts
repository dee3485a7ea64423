import type { Clock } from '../../lib/clock.ts';
import type { Procfs, Tree } from '../../sources/procfs/procfs.ts';
import { excludesOf, type HostConfig } from './config.ts';
import type { HostTree, HostView } from './part.ts';

/** Compiled once per configuration, and gone with it. */
const excludes = new WeakMap<HostConfig, HostView['exclude']>();
/** What the last collection knew, as long as its host is asked. */
const lastTicks = new WeakMap<Procfs, HostView['lastTicks']>();

export function viewOf(
  { procfs, clock }: { readonly procfs: Procfs; readonly clock: Clock },
  config: HostConfig,
  signal: AbortSignal,
): HostView {
  const exclude = excludes.get(config) ?? excludesOf(config);
  excludes.set(config, exclude);
  const ticks = lastTicks.get(procfs) ?? new Map<string, readonly number[]>();
  lastTicks.set(procfs, ticks);
  return {
    ...treeOf(procfs, signal),
    sys: treeOf(procfs.sysfs, signal),
    root: treeOf(procfs.rootfs, signal),
    machine: procfs.machine,
    rootPath: procfs.paths.rootfs,
    sysPath: procfs.paths.sysfs,
    now: clock.now(),
    lastTicks: ticks,
    exclude,
    pageSize: procfs.pageSize,
    statfs: (mountPoint) => procfs.statfs(mountPoint, signal),
    timex: () => procfs.timex(signal),
  };
}

function treeOf(tree: Tree, signal: AbortSignal): HostTree {
  const files = new Map<string, Promise<string>>();
  const { list, attributes, link, realPath } = tree;
  return {
    list,
    attributes,
    link,
    realPath,
    read: (path) => {
      const file = files.get(path) ?? tree.read(path, signal);
      files.set(path, file);
      return file;
    },
  };
}
