import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import type { ContainerDetails } from '../model/container.ts';
import { gauge, type Sample, sample } from '../model/sample.ts';
import type { DiskWalk, WalkStart } from '../sources/disk-walk.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';
import type { Procfs } from '../sources/procfs/procfs.ts';
import { type BaseDeps, defineCollector } from './collector.ts';
import { ofEachRunner } from './each-runner.ts';

type RunnerWorkspaceDeps = BaseDeps & {
  readonly docker: DockerSource;
  readonly procfs: Pick<Procfs, 'paths'>;
  readonly disk: DiskWalk;
};

const ofRunner = ['runner', 'name'] as const;

const metrics = {
  bytes: gauge('runnerwatch_runner_workspace_bytes', "What the runner's work directory takes on disk.", ofRunner),
  entries: gauge(
    'runnerwatch_runner_workspace_files',
    "Files and directories in the runner's work directory.",
    ofRunner,
  ),
  incomplete: gauge(
    'runnerwatch_runner_workspace_incomplete',
    'Whether there is more than what was counted, for want of time, of allowed files, or of permission (1) or not (0).',
    ofRunner,
  ),
} as const;

const Config = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether the work directories of runners are measured.'),
  interval: Duration.refine((ms) => ms >= 60_000, 'expected at least 1m')
    .prefault('10m')
    .describe('How often they are measured; each file is looked at.'),
  timeout: Duration.prefault('2m').describe('How long all of them may take together.'),
  path: z
    .string()
    .regex(/^\/[^\0]*$/, 'expected an absolute path')
    .default('/home/runner/_work')
    .describe("Where the work directory is, as the runner's container sees it."),
  max_files: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(200_000)
    .describe('The most files that are counted for one runner.'),
  max_duration: Duration.prefault('30s').describe('How long one runner may take.'),
});

type Config = z.output<typeof Config>;

export const runnerWorkspace = defineCollector({
  name: 'runner-workspace',
  help: "Size of each runner's work directory, where the host's files can be seen.",
  schedule: 'interval',
  config: Config,
  metrics,
  idle: ({ docker }: RunnerWorkspaceDeps) => docker.available(),

  collect(deps: RunnerWorkspaceDeps, config, signal) {
    return ofEachRunner(deps.docker, (details, runner) => measure(deps, config, details, runner, signal), signal);
  },
});

async function measure(
  { disk, procfs }: RunnerWorkspaceDeps,
  { path, max_files, max_duration }: Config,
  details: ContainerDetails,
  runner: string,
  signal: AbortSignal,
): Promise<readonly Sample[]> {
  const start = placeOf(details, path);
  if (start === undefined) return [];
  const below = { ...start, root: `${procfs.paths.rootfs.replace(/\/+$/, '')}${start.root}` };
  const result = await disk.directory(below, { entries: max_files, ms: max_duration }, signal);
  if (result === undefined) return [];
  const labels = { runner, name: details.name };
  return [
    sample(metrics.bytes, labels, result.bytes),
    sample(metrics.entries, labels, result.entries),
    sample(metrics.incomplete, labels, Number(!result.complete)),
  ];
}

/** The host's own name of a container's directory: in the mount that holds it, or else in the writable layer. */
export function placeOf({ mounts, layerPath }: ContainerDetails, path: string): WalkStart | undefined {
  const holding = mounts
    .filter(({ destination }) => path === destination || path.startsWith(`${destination.replace(/\/+$/, '')}/`))
    .sort((a, b) => b.destination.length - a.destination.length)[0];
  if (holding) return { root: holding.source, path: path.slice(holding.destination.replace(/\/+$/, '').length) };
  return layerPath === undefined ? undefined : { root: layerPath, path };
}
