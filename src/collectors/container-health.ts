import { z } from 'zod';
import { reasonOf } from '../lib/log.ts';
import { mapBounded } from '../lib/loop.ts';
import { Duration } from '../lib/schema.ts';
import type { ContainerDetails, ContainerSummary } from '../model/container.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';
import { type BaseDeps, defineCollector, PartialCollection } from './collector.ts';
import {
  containerSamples,
  healthMetrics,
  pastSamples,
  type RunnerContainer,
  removedSamples,
  runnerSamples,
} from './container-health-metrics.ts';
import type { ContainerHistory } from './container-history.ts';
import type { Tombstones } from './tombstones.ts';

export type ContainerHealthDeps = BaseDeps & {
  readonly docker: DockerSource;
  readonly tombstones: Tombstones<RunnerContainer>;
  readonly history: ContainerHistory;
};

const Config = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether the state and health of containers are collected.'),
  interval: Duration.prefault('15s').describe('How often Docker is asked, beside its events, which ask at once.'),
  timeout: Duration.prefault('10s').describe('How long one collection may take.'),
  concurrency: z.int().min(1).max(64).default(8).describe('How many containers Docker is asked about at once.'),
  limit: z.int().min(1).max(5000).default(500).describe('The most containers whose series are kept.'),
  tombstone: Duration.prefault('10m').describe("How long a removed container's state is still told, as 0."),
});

type Config = z.output<typeof Config>;

export const containerHealth = defineCollector({
  name: 'container-health',
  help: 'State and health of all containers, and of the runners that live in them.',
  schedule: 'interval',
  config: Config,
  metrics: healthMetrics,
  idle: ({ docker }: ContainerHealthDeps) => docker.available(),

  async collect(deps: ContainerHealthDeps, config, signal) {
    const listed = await deps.docker.list(signal);
    if (listed.length > config.limit) {
      throw new Error(
        `there are ${listed.length} containers, more than collectors.container-health.limit (${config.limit})`,
      );
    }
    const { containers, failures } = await inspectAll(deps, listed, config, signal);
    const past = deps.history.observe(containers, new Set(listed.map(({ id }) => id)));
    const samples = [
      ...containers.flatMap((details) => [
        ...containerSamples(details),
        ...pastSamples(details, past.get(details.id)),
        ...runnerSamples(details),
      ]),
      ...removed(containers, listed, deps, config).flatMap(removedSamples),
    ];
    if (failures.length > 0) {
      throw new PartialCollection(`${failures.length} of ${listed.length} containers: ${failures[0]}`, samples);
    }
    return samples;
  },
});

interface Inspected {
  readonly containers: readonly ContainerDetails[];
  readonly failures: readonly string[];
}

/** One that vanished between the list and now is just left out. */
async function inspectAll(
  { docker }: ContainerHealthDeps,
  listed: readonly ContainerSummary[],
  { concurrency }: Config,
  signal: AbortSignal,
): Promise<Inspected> {
  const failures: string[] = [];
  const found = await mapBounded(listed, concurrency, ({ id, name }) =>
    docker.inspect(id, signal).catch((error: unknown) => {
      failures.push(`${name}: ${reasonOf(error)}`);
      return undefined;
    }),
  );
  return { containers: found.filter((details) => details !== undefined), failures };
}

/** Containers that are gone. A new container of the same name takes its place at once. */
function removed(
  containers: readonly ContainerDetails[],
  listed: readonly ContainerSummary[],
  { tombstones }: ContainerHealthDeps,
  { tombstone }: Config,
): readonly RunnerContainer[] {
  const present = new Map<string, RunnerContainer>();
  for (const { runner, name } of containers) present.set(name, { runner, name });
  const there = new Set(listed.map(({ name }) => name));
  // One that is listed and could not be inspected is not gone.
  return tombstones.update(present, tombstone).filter(({ name }) => !there.has(name));
}
