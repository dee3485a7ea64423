import { reasonOf } from '../lib/log.ts';
import { mapBounded } from '../lib/loop.ts';
import type { ContainerDetails } from '../model/container.ts';
import type { Sample } from '../model/sample.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';
import { PartialCollection } from './collector.ts';

const inspectedAtOnce = 4;

/**
 * The samples of every runner's container. One runner at a time, because what is asked of each is a walk over the same
 * disk; one that fails does not keep the others from being told.
 */
export async function ofEachRunner(
  docker: Pick<DockerSource, 'list' | 'inspect'>,
  samplesOf: (details: ContainerDetails, runner: string) => Promise<readonly Sample[]>,
  signal: AbortSignal,
): Promise<readonly Sample[]> {
  const listed = await docker.list(signal);
  const found = await mapBounded(listed, inspectedAtOnce, ({ id }) =>
    docker.inspect(id, signal).catch(() => undefined),
  );
  const failures: string[] = [];
  const samples: Sample[] = [];
  for (const details of found) {
    if (details?.runner === undefined) continue;
    try {
      samples.push(...(await samplesOf(details, details.runner)));
    } catch (error) {
      failures.push(`${details.name}: ${reasonOf(error)}`);
    }
  }
  if (failures.length > 0) throw new PartialCollection(failures.join('; '), samples);
  return samples;
}
