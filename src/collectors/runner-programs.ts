import { z } from 'zod';
import { reasonOf } from '../lib/log.ts';
import { mapBounded } from '../lib/loop.ts';
import { Duration } from '../lib/schema.ts';
import type { ContainerDetails } from '../model/container.ts';
import { changedProgram, countLeftovers } from '../model/runner-programs.ts';
import { gauge, type Sample, sample } from '../model/sample.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';
import { type BaseDeps, defineCollector, PartialCollection } from './collector.ts';

type RunnerProgramsDeps = BaseDeps & { readonly docker: DockerSource };

const metrics = {
  changed: gauge(
    'runnerwatch_runner_programs_changed',
    "Whether a job, or an update of the runner, changed programs in the runner's container that handle its registration (1) or not (0).",
    ['runner', 'name'],
  ),
  files: gauge(
    'runnerwatch_runner_changed_files',
    "Files in the runner's container that differ from its image, without its workspace and what the runner itself writes.",
    ['runner', 'name'],
  ),
} as const;

const Config = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe("Whether the programs of runners' containers are compared with their images'."),
  interval: Duration.refine((ms) => ms >= 10_000, 'expected at least 10s')
    .prefault('30m')
    .describe('How often they are compared; Docker looks at each file of container and image for it.'),
  timeout: Duration.prefault('2m').describe('How long all of them may take together.'),
});

/** What a job leaves in its container for later is seen while it is there, and not only at the next registration. */
export const runnerPrograms = defineCollector({
  name: 'runner-programs',
  help: "Changed programs in runners' containers.",
  schedule: 'interval',
  config: Config,
  metrics,
  idle: ({ docker }: RunnerProgramsDeps) => docker.available(),

  async collect({ docker }: RunnerProgramsDeps, _, signal) {
    const listed = await docker.list(signal);
    const inspected = await mapBounded(listed, inspectedAtOnce, ({ id }) =>
      docker.inspect(id, signal).catch(() => undefined),
    );
    const failures: string[] = [];
    const samples: Sample[] = [];
    // One at a time: each is a walk over the same disk.
    for (const details of inspected) {
      try {
        samples.push(...(await samplesOf(docker, details, signal)));
      } catch (error) {
        // The socket proxy knows the runners by their names: of another one nothing is known.
        if (!(error instanceof Error && error.name === 'ForbiddenError')) {
          failures.push(`${details?.name}: ${reasonOf(error)}`);
        }
      }
    }
    if (failures.length > 0) throw new PartialCollection(failures.join('; '), samples);
    return samples;
  },
});

const inspectedAtOnce = 4;

async function samplesOf(
  docker: Pick<DockerSource, 'changes'>,
  details: ContainerDetails | undefined,
  signal: AbortSignal,
): Promise<readonly Sample[]> {
  if (details?.runner === undefined || !details.state.running) return [];
  const changes = await docker.changes(details.name, signal);
  if (!changes) return [];
  const labels = { runner: details.runner, name: details.name };
  return [
    sample(metrics.changed, labels, Number(changedProgram(changes) !== undefined)),
    sample(metrics.files, labels, countLeftovers(changes, details.mounts)),
  ];
}
