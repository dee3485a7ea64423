import type { MetricDef, Sample } from '../../model/sample.ts';
import type { FilesystemStats } from '../../sources/procfs/procfs.ts';

/** Decides by a device, a mount point or a type whether it is left out. */
export type Exclude = (text: string) => boolean;

/** The host as one collection sees it: each file is read once, however many parts ask for it. */
export interface HostView {
  readonly machine: string;
  readonly rootfs: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly exclude: {
    readonly mountPoints: Exclude;
    readonly fsTypes: Exclude;
    readonly disks: Exclude;
    readonly interfaces: Exclude;
  };
  read(path: string): Promise<string>;
  statfs(mountPoint: string): Promise<FilesystemStats>;
}

/** What node_exporter calls a collector: `name` is the label in `node_scrape_collector_success`. */
export interface HostPart {
  readonly name: string;
  readonly metrics: Readonly<Record<string, MetricDef>>;
  collect(view: HostView): Promise<readonly Sample[]>;
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
