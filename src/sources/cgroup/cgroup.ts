import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { ContainerStats } from '../../model/container.ts';
import { createKernelFiles, type KernelFiles } from './files.ts';
import { parseInterfaces } from './net-dev.ts';
import { findPlace, membershipsOf, type Place } from './place.ts';
import { statsOfV1, v1Files } from './v1.ts';
import { statsOfV2, v2Files } from './v2.ts';

export interface CgroupSource {
  /**
   * What the kernel's own files say of a container, whose `pid` is that of its first process on the host. Undefined
   * where they cannot be seen from here, or are gone. Rejects where they do not answer in time.
   */
  stats(
    container: { readonly id: string; readonly pid: number },
    signal: AbortSignal,
  ): Promise<ContainerStats | undefined>;
}

/** Where the host's own trees are mounted: `/proc` and `/sys`, or `/host/proc`, … in a container. */
interface Roots {
  readonly procfs: string;
  readonly sysfs: string;
}

interface Known {
  readonly pid: number;
  readonly place: Place;
}

/** More than a collector ever asks for; the longest not found anew goes first. */
const maxKnown = 5_000;
const containerId = /^[0-9a-f]{64}$/;

export function createCgroupSource({
  clock,
  procfs,
  sysfs,
  files = createKernelFiles(clock),
}: Roots & { readonly clock: Clock; readonly files?: KernelFiles }): CgroupSource {
  const known = new Map<string, Known>();
  const root = join(sysfs, 'fs/cgroup');

  async function placeOf(id: string, pid: number, signal: AbortSignal): Promise<Place | undefined> {
    const before = known.get(id);
    if (before?.pid === pid) return before.place;
    const memberships = membershipsOf((await files.read(`${procfs}/${pid}/cgroup`, signal)) ?? '', id);
    const place = await findPlace(files, root, memberships, signal);
    if (place === undefined) return undefined;
    const [oldest] = known.keys();
    if (known.size >= maxKnown && oldest !== undefined) known.delete(oldest);
    known.delete(id);
    known.set(id, { pid, place });
    return place;
  }

  return {
    async stats({ id, pid }, signal) {
      // The id becomes a part of a path, and an empty one would be found in any.
      if (!containerId.test(id) || pid <= 0) return undefined;
      const place = await placeOf(id, pid, signal);
      if (place === undefined) return undefined;
      const [interfaces, group] = await Promise.all([
        files.read(`${procfs}/${pid}/net/dev`, signal),
        readGroup(files, place, signal),
      ]);
      const stats = place.version === 1 ? statsOfV1(group) : statsOfV2(group);
      // It ended while it was read: what was read of it is not all from one moment.
      if (interfaces === undefined || (!stats.cpu && !stats.memory && stats.threads === undefined)) {
        known.delete(id);
        return undefined;
      }
      return { ...stats, networks: parseInterfaces(interfaces) };
    },
  };
}

async function readGroup(files: KernelFiles, place: Place, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const texts = await Promise.all(
    pathsOf(place).map(async ([name, path]) => [name, await files.read(path, signal)] as const),
  );
  return new Map(texts.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])));
}

function pathsOf(place: Place): readonly (readonly [string, string])[] {
  if (place.version === 2) return v2Files.map((name) => [name, `${place.folder}/${name}`]);
  const folders = Object.entries(place.folders) as [keyof typeof v1Files, string][];
  return folders.flatMap(([controller, folder]) =>
    v1Files[controller].map((name) => [name, `${folder}/${name}`] as const),
  );
}
