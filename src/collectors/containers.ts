import { z } from 'zod';
import { reasonOf } from '../lib/log.ts';
import { mapBounded } from '../lib/loop.ts';
import { Duration } from '../lib/schema.ts';
import type { ContainerSummary } from '../model/container.ts';
import type { Labels } from '../model/labels.ts';
import { type Sample, sample } from '../model/sample.ts';
import type { CgroupSource } from '../sources/cgroup/cgroup.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';
import type { Procfs } from '../sources/procfs/procfs.ts';
import { blockDeviceNames } from './block-devices.ts';
import { type BaseDeps, defineCollector, PartialCollection } from './collector.ts';
import { containerMetrics } from './container-families.ts';
import { machineSamples, type Subject, specSamples, usageSamples } from './container-metrics.ts';
import { readStats, type StatsOrigin, statsChoices } from './container-stats.ts';

export type ContainersDeps = BaseDeps & {
  readonly docker: DockerSource;
  readonly cgroup: CgroupSource;
  readonly procfs: Pick<Procfs, 'read'>;
};

const Config = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether the usage of containers is collected.'),
  interval: Duration.prefault('15s').describe('How often Docker is asked.'),
  timeout: Duration.prefault('10s').describe('How long one collection may take.'),
  from: z
    .enum(statsChoices)
    .default('auto')
    .describe(
      "Where usage is read: cgroup is the kernel's own files, docker asks Docker, auto takes what can be seen.",
    ),
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
    const [machine, listed, deviceName] = await Promise.all([
      deps.docker.hostInfo(signal),
      deps.docker.list(signal),
      deviceNames(deps, signal),
    ]);
    const running = listed.filter(({ state }) => state === 'running' || state === 'paused');
    if (running.length > config.limit) {
      throw new Error(`${running.length} containers run, more than collectors.containers.limit (${config.limit})`);
    }
    const found = await mapBounded(running, config.concurrency, (container) =>
      readOne(deps, config, { container, deviceName }, signal),
    );
    const samples = [...machineSamples(machine), ...originSamples(found), ...found.flatMap((one) => one.samples)];
    const failures = found.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    if (failures.length > 0) {
      throw new PartialCollection(`${failures.length} of ${running.length} containers: ${failures[0]}`, samples);
    }
    return samples;
  },
});

/** Where the host's list of disks cannot be seen, they keep their numbers. */
async function deviceNames({ procfs }: ContainersDeps, signal: AbortSignal): Promise<Subject['deviceName']> {
  return blockDeviceNames(await procfs.read('diskstats', signal).catch(() => ''));
}

interface Reading {
  readonly samples: readonly Sample[];
  readonly origin?: StatsOrigin;
  readonly failure?: string;
}

function originSamples(found: readonly Reading[]): readonly Sample[] {
  return (['cgroup', 'docker'] as const).map((source) =>
    sample(containerMetrics.statsSource, { source }, found.filter(({ origin }) => origin === source).length),
  );
}

interface Asked {
  readonly container: ContainerSummary;
  readonly deviceName: Subject['deviceName'];
}

/** One container that cannot be read must not hide the others. */
async function readOne(
  deps: ContainersDeps,
  config: Config,
  { container, deviceName }: Asked,
  signal: AbortSignal,
): Promise<Reading> {
  try {
    const details = await deps.docker.inspect(container.id, signal);
    const reading = details && (await readStats(deps, config.from, details, signal));
    // It ended between the list and now.
    if (!reading) return { samples: [] };
    const { id, name, image } = details;
    const labels = { id: `/docker/${id}`, name, image };
    const subject = { labels, open: allowedLabels(details.labels, config.labels), deviceName };
    const usage = usageSamples(details, reading.stats, subject);
    return { samples: [...usage, ...specSamples(details, subject, deps.clock.now() / 1000)], origin: reading.origin };
  } catch (error) {
    return { samples: [], failure: `${container.name}: ${reasonOf(error)}` };
  }
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
