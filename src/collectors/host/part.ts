import type { MetricDef, Sample } from '../../model/sample.ts';
import type { FilesystemStats, Timex, Tree } from '../../sources/procfs/procfs.ts';

/** Decides by a device, a mount point or a type whether it is left out. */
export type Exclude = (text: string) => boolean;

/** A tree of the host, read as long as the collection lasts. */
export interface HostTree extends Omit<Tree, 'read'> {
  read(path: string): Promise<string>;
}

/** The host as one collection sees it; what it has itself of a tree is procfs. Each file is read once. */
export interface HostView extends HostTree {
  readonly machine: string;
  /** Where the host's `/` and `/sys` are seen. */
  readonly rootPath: string;
  readonly sysPath: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Processor → its times at the last collection, for counters that the kernel lets slip back. */
  readonly lastTicks: Map<string, readonly number[]>;
  readonly exclude: {
    readonly mountPoints: Exclude;
    readonly fsTypes: Exclude;
    readonly disks: Exclude;
    readonly interfaces: Exclude;
  };
  readonly sys: HostTree;
  readonly root: HostTree;
  /** Bytes of a page of memory. */
  pageSize(): number;
  statfs(mountPoint: string): Promise<FilesystemStats>;
  timex(): Promise<Timex>;
}

/** What node_exporter calls a collector: `name` is the label in `node_scrape_collector_success`. */
export interface HostPart {
  readonly name: string;
  readonly metrics: Readonly<Record<string, MetricDef>>;
  /** Throws `NoData` where this host has nothing of the kind, and any other error where reading failed. */
  collect(view: HostView): Promise<readonly Sample[]>;
}

/** The host lacks what a part reads: its success is 0, as node_exporter says, and nobody is told of a failure. */
export class NoData extends Error {
  override readonly name = 'NoData';
}

/** For a file or folder that only hosts with some hardware or module have. */
export function noDataWhereAbsent(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EOPNOTSUPP' || code === 'ENOTSUP') {
    throw new NoData('there is nothing of the kind', { cause: error });
  }
  throw error;
}

/** A folder's names; `NoData` where there is no such folder. */
export function listOrNoData(tree: HostTree, path: string): readonly string[] {
  try {
    return tree.list(path);
  } catch (error) {
    return noDataWhereAbsent(error);
  }
}

/** Metrics by their own names, as `HostPart.metrics` has them. */
export function byName(metrics: readonly MetricDef[]): Readonly<Record<string, MetricDef>> {
  return Object.fromEntries(metrics.map((metric) => [metric.name, metric]));
}

/**
 * The file's whole lines. A last line without its newline was cut off, perhaps inside a number, and a counter that
 * lost digits looks like a restart: it is left out.
 */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').slice(0, -1);
}

export function wordsOf(line: string): readonly string[] {
  return line.split(/\s+/).filter((word) => word !== '');
}

/** Decimal numbers as the kernel prints them; undefined for anything else. */
export function numberOf(word: string | undefined): number | undefined {
  return word !== undefined && /^-?\d{1,20}(\.\d{1,20})?$/.test(word) ? Number(word) : undefined;
}

/** The first of several files that can be read; rejects as the last one does. */
export async function readFirst(view: HostView, [path, ...others]: readonly [string, ...string[]]): Promise<string> {
  const [next, ...rest] = others;
  if (next === undefined) return view.read(path);
  return view.read(path).catch(() => readFirst(view, [next, ...rest]));
}

/** The file of the host's network: process 1 has the host's own, `net` alone is the network of whoever reads it. */
export function readNet(view: HostView, file: string): Promise<string> {
  return readFirst(view, [`1/net/${file}`, `net/${file}`]);
}
