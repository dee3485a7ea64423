import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { ContainerStats } from '../../model/container.ts';
import { createVisits, type KernelFiles } from './files.ts';
import { parseInterfaces } from './net-dev.ts';
import { findPlace, membershipsOf, type Place } from './place.ts';
import { statsOfV1, v1Files } from './v1.ts';
import { statsOfV2, v2Files } from './v2.ts';

/** A container's first process. */
interface Process {
  readonly id: string;
  readonly pid: number;
}

export interface CgroupSource {
  /**
   * What the kernel's own files say of a container, whose `pid` is that of its first process on the host. Undefined
   * where they cannot be seen from here, or are gone. Rejects where they do not answer in time.
   */
  stats(process: Process, signal: AbortSignal): Promise<ContainerStats | undefined>;
}

/** Where the host's own trees are mounted: `/proc` and `/sys`, or `/host/proc`, … in a container. */
interface Roots {
  readonly procfs: string;
  readonly sysfs: string;
}

interface Known {
  readonly pid: number;
  readonly place: Place;
  /** Whether its files can be read at once. */
  readonly isKernelOwn: boolean;
}

/** More than a collector ever asks for; the longest not found anew goes first. */
const maxKnown = 5_000;
const containerId = /^[0-9a-f]{64}$/;

export function createCgroupSource({ clock, procfs, sysfs }: Roots & { readonly clock: Clock }): CgroupSource {
  const known = new Map<string, Known>();
  const visit = createVisits(clock);
  const root = join(sysfs, 'fs/cgroup');

  async function find(files: KernelFiles, { id, pid }: Process): Promise<Known | undefined> {
    const before = known.get(id);
    if (before?.pid === pid) return before;
    const memberships = membershipsOf((await files.read(`${procfs}/${pid}/cgroup`)) ?? '', id);
    const place = await findPlace(files, root, memberships);
    if (place === undefined) return undefined;
    const folders = [`${procfs}/${pid}`, ...(place.version === 1 ? Object.values(place.folders) : [place.folder])];
    const isKernelOwn = (await Promise.all(folders.map((folder) => files.isKernelOwn(folder)))).every(Boolean);
    const [oldest] = known.keys();
    if (known.size >= maxKnown && oldest !== undefined) known.delete(oldest);
    known.delete(id);
    const found = { pid, place, isKernelOwn };
    known.set(id, found);
    return found;
  }

  async function statsOf(files: KernelFiles, process: Process): Promise<ContainerStats | undefined> {
    const found = await find(files, process);
    if (found === undefined) return undefined;
    const { place } = found;
    const read = found.isKernelOwn ? files.readNow : files.read;
    const interfaces = await read(`${procfs}/${process.pid}/net/dev`);
    const group = await readGroup(read, place);
    const stats = place.version === 1 ? statsOfV1(group) : statsOfV2(group);
    // It ended while it was read: what was read of it is not all from one moment.
    if (interfaces === undefined || (!stats.cpu && !stats.memory && stats.threads === undefined)) {
      known.delete(process.id);
      return undefined;
    }
    return { ...stats, networks: parseInterfaces(interfaces) };
  }

  return {
    async stats({ id, pid }, signal) {
      // The id becomes a part of a path, and an empty one would be found in any.
      if (!containerId.test(id) || pid <= 0) return undefined;
      return visit(`the cgroup of ${id.slice(0, 12)}`, signal, (files) => statsOf(files, { id, pid }));
    },
  };
}

async function readGroup(
  read: KernelFiles['read'] | KernelFiles['readNow'],
  place: Place,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const [name, path] of pathsOf(place)) {
    const text = await read(path);
    if (text !== undefined) texts.set(name, text);
  }
  return texts;
}

function pathsOf(place: Place): readonly (readonly [string, string])[] {
  if (place.version === 2) return v2Files.map((name) => [name, `${place.folder}/${name}`]);
  const folders = Object.entries(place.folders) as [keyof typeof v1Files, string][];
  return folders.flatMap(([controller, folder]) =>
    v1Files[controller].map((name) => [name, `${folder}/${name}`] as const),
  );
}
