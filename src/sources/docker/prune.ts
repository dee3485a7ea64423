import { z } from 'zod';
import type { Prune } from '../../model/container.ts';
import { dataOf } from './answer.ts';
import type { DockerConnection } from './connection.ts';

/** Docker takes its time for many layers; the caller's own deadline comes first. */
const timeoutMs = 600_000;

const paths = {
  'job-containers': '/containers/prune',
  images: '/images/prune',
  'build-cache': '/build/prune',
} as const;

const Pruned = z.object({ SpaceReclaimed: z.number().nullish() });

/** On a container that a job made: whose job. */
const jobLabel = 'runnerwatch.job-of';

/** The socket's proxy knows these filters in just this order. */
function filtersOf(prune: Prune): object {
  const until = [`${prune.hours}h`];
  if (prune.what === 'job-containers') return { label: [`${jobLabel}=${prune.runner}`], until };
  return prune.what === 'images' ? { dangling: ['true'], until } : { until };
}

export async function pruneBy(connection: DockerConnection, prune: Prune, signal: AbortSignal): Promise<number> {
  const path = paths[prune.what];
  const query = { filters: JSON.stringify(filtersOf(prune)) };
  const answer = await connection.call({ method: 'POST', path, query, timeoutMs, signal });
  return dataOf(answer, Pruned, path).SpaceReclaimed ?? 0;
}
