import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import type { ContainerDetails } from '../model/container.ts';
import { changedProgram, countLeftovers } from '../model/runner-programs.ts';
import { gauge, type Sample, sample } from '../model/sample.ts';
import { ForbiddenError } from '../sources/docker/answer.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';
import { type BaseDeps, defineCollector } from './collector.ts';
import { ofEachRunner } from './each-runner.ts';

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

  collect({ docker }: RunnerProgramsDeps, _, signal) {
    return ofEachRunner(docker, (details, runner) => compare(docker, details, runner, signal), signal);
  },
});

async function compare(
  docker: Pick<DockerSource, 'changes'>,
  { name, state, mounts }: ContainerDetails,
  runner: string,
  signal: AbortSignal,
): Promise<readonly Sample[]> {
  if (!state.running) return [];
  const changes = await docker.changes(name, signal).catch(unlessForbidden);
  if (!changes) return [];
  const labels = { runner, name };
  return [
    sample(metrics.changed, labels, Number(changedProgram(changes) !== undefined)),
    sample(metrics.files, labels, countLeftovers(changes, mounts)),
  ];
}

/** The socket proxy knows the runners by their names: of another one nothing is known, which is no failure. */
function unlessForbidden(error: unknown): undefined {
  if (!(error instanceof ForbiddenError)) throw error;
}
