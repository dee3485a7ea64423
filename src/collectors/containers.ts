import { z } from 'zod';
import { reasonOf } from '../lib/log.ts';
import { mapBounded } from '../lib/loop.ts';
import { Duration } from '../lib/schema.ts';
import type { ContainerDetails, ContainerStats, ContainerSummary } from '../model/container.ts';
import type { Labels } from '../model/labels.ts';
import type { Sample } from '../model/sample.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';
import { type BaseDeps, defineCollector, PartialCollection } from './collector.ts';
import { containerMetrics, machineSamples, specSamples, usageSamples } from './container-metrics.ts';

export type ContainersDeps = BaseDeps & { readonly docker: DockerSource };

const Config = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether the usage of containers is collected.'),
  interval: Duration.prefault('15s').describe('How often Docker is asked.'),
  timeout: Duration.prefault('10s').describe('How long one collection may take.'),
  labels: z
    .array(z.string().min(1))
    .max(20)
    .default([])
    .describe('Container labels that become the label container_label_<name> of each series.'),
  concurrency: z.int().min(1).max(64).default(8).describe('How many containers Docker is asked about at once.'),
  limit: z.int().min(1).max(5000).default(500).describe('The most containers whose series are kept.'),
});

type Config = z.output<typeof Config>;

export const containers = defineCollector({
  name: 'containers',
  help: 'CPU, memory, network and disk usage of running containers, named as cAdvisor names it.',
  schedule: 'interval',
  config: Config,
  metrics: containerMetrics,
  idle: ({ docker }: ContainersDeps) => docker.available(),

  async collect(deps: ContainersDeps, config, signal) {
    const [machine, listed] = await Promise.all([deps.docker.hostInfo(signal), deps.docker.list(signal)]);
    const running = listed.filter(({ state }) => state === 'running' || state === 'paused');
    if (running.length > config.limit) {
      throw new Error(`${running.length} containers run, more than collectors.containers.limit (${config.limit})`);
    }
    const found = await mapBounded(running, config.concurrency, (container) =>
      readOne(deps, config, container, signal),
    );
    const samples = [...machineSamples(machine), ...found.flatMap((one) => one.samples)];
    const failures = found.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    if (failures.length > 0) {
      throw new PartialCollection(`${failures.length} of ${running.length} containers: ${failures[0]}`, samples);
    }
    return samples;
  },
});

interface Reading {
  readonly samples: readonly Sample[];
  readonly failure?: string;
}

/** One container that cannot be read must not hide the others. */
async function readOne(
  { docker, clock }: ContainersDeps,
  config: Config,
  container: ContainerSummary,
  signal: AbortSignal,
): Promise<Reading> {
  try {
    const [details, stats] = await Promise.all([
      docker.inspect(container.id, signal),
      docker.stats(container.id, signal),
    ]);
    // It ended between the list and now.
    if (!details || !stats) return { samples: [] };
    return { samples: samplesOf(details, stats, config.labels, clock.now() / 1000) };
  } catch (error) {
    return { samples: [], failure: `${container.name}: ${reasonOf(error)}` };
  }
}

function samplesOf(
  details: ContainerDetails,
  stats: ContainerStats,
  allowed: readonly string[],
  seen: number,
): readonly Sample[] {
  const labels = { id: `/docker/${details.id}`, name: details.name, image: details.image };
  const open = allowedLabels(details.labels, allowed);
  return [...usageSamples(details, stats, labels, open), ...specSamples(details, labels, open, seen)];
}

/** `com.docker.compose.service` → `container_label_com_docker_compose_service`, as cAdvisor writes it. */
function allowedLabels(labels: Labels, allowed: readonly string[]): Labels {
  return Object.fromEntries(
    allowed.flatMap((name) => {
      const value = labels[name];
      return value === undefined ? [] : [[`container_label_${name.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`, value]];
    }),
  );
}
