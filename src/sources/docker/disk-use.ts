import { z } from 'zod';
import type { ContainerSize, DiskKind, DiskUse } from '../../model/container.ts';
import { containerName } from './parse.ts';

/** -1 where it could not be computed, which is not shown as a size. */
const size = z
  .number()
  .nullish()
  .transform((bytes) => Math.max(0, bytes ?? 0));

/** One kind as Docker 29 (API 1.52) tells it. */
const Summary = z
  .object({ TotalCount: z.number().nullish(), TotalSize: size, Reclaimable: size })
  .nullish()
  .transform((found) =>
    found ? { items: found.TotalCount ?? 0, bytes: found.TotalSize, reclaimableBytes: found.Reclaimable } : undefined,
  );

/** What API 1.52 leaves out: each thing by itself. */
const Images = z.array(z.object({ Size: size, SharedSize: z.number().nullish(), Containers: z.number().nullish() }));
const Containers = z.array(z.object({ SizeRw: size, State: z.string() }));
const Volumes = z.array(z.object({ UsageData: z.object({ Size: size, RefCount: z.number() }).nullish() }));
const BuildCache = z.array(z.object({ Size: size, InUse: z.boolean(), Shared: z.boolean() }));

/** The answer to `GET /system/df`, summed as `docker system df` sums it. A kind that is not told is not there. */
export const DiskUsage = z
  .object({
    ImageUsage: Summary,
    ContainerUsage: Summary,
    VolumeUsage: Summary,
    BuildCacheUsage: Summary,
    LayersSize: size,
    Images: Images.nullish(),
    Containers: Containers.nullish(),
    Volumes: Volumes.nullish(),
    BuildCache: BuildCache.nullish(),
  })
  .transform((found): ReadonlyMap<DiskKind, DiskUse> => {
    const isSummary = found.ImageUsage !== undefined;
    const kinds: readonly (readonly [DiskKind, DiskUse | undefined])[] = isSummary
      ? [
          ['images', found.ImageUsage],
          ['containers', found.ContainerUsage],
          ['volumes', found.VolumeUsage],
          ['build-cache', found.BuildCacheUsage],
        ]
      : [
          ['images', imagesOf(found.LayersSize, found.Images ?? [])],
          ['containers', containersOf(found.Containers ?? [])],
          ['volumes', volumesOf(found.Volumes ?? [])],
          ['build-cache', buildCacheOf(found.BuildCache ?? [])],
        ];
    return new Map(kinds.flatMap(([kind, use]) => (use === undefined ? [] : [[kind, use]])));
  });

/** An image in use keeps the layers that it shares with nobody; shared ones may be needed by another. */
function imagesOf(bytes: number, images: z.output<typeof Images>): DiskUse {
  const kept = sum(
    images.map(({ Size, SharedSize, Containers: users }) => (users ? Size - Math.max(0, SharedSize ?? 0) : 0)),
  );
  return { items: images.length, bytes, reclaimableBytes: Math.max(0, bytes - kept) };
}

function containersOf(containers: z.output<typeof Containers>): DiskUse {
  const idle = containers.filter(({ State }) => !['running', 'paused', 'restarting'].includes(State));
  return {
    items: containers.length,
    bytes: sum(containers.map(({ SizeRw }) => SizeRw)),
    reclaimableBytes: sum(idle.map(({ SizeRw }) => SizeRw)),
  };
}

function volumesOf(volumes: z.output<typeof Volumes>): DiskUse {
  const used = volumes.map(({ UsageData }) => UsageData ?? { Size: 0, RefCount: 1 });
  return {
    items: volumes.length,
    bytes: sum(used.map(({ Size }) => Size)),
    reclaimableBytes: sum(used.filter(({ RefCount }) => RefCount === 0).map(({ Size }) => Size)),
  };
}

/** A shared record is counted with the one that it shares with. */
function buildCacheOf(records: z.output<typeof BuildCache>): DiskUse {
  const own = records.filter(({ Shared }) => !Shared);
  return {
    items: records.length,
    bytes: sum(own.map(({ Size }) => Size)),
    reclaimableBytes: sum(own.filter(({ InUse }) => !InUse).map(({ Size }) => Size)),
  };
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, bytes) => total + bytes, 0);
}

/** The answer to `GET /containers/json?size=true`. Docker leaves a size of 0 out. */
export const SizedContainers = z.array(
  z.object({ Id: z.string().min(1), Names: z.array(z.string()).nullish(), Image: z.string(), SizeRw: size }).transform(
    (found): ContainerSize => ({
      id: found.Id,
      name: containerName(found.Names ?? [], found.Id),
      image: found.Image,
      writtenBytes: found.SizeRw,
    }),
  ),
);
