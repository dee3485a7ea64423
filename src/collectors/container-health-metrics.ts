import {
  type ContainerDetails,
  type ContainerPast,
  containerHealths,
  containerStates,
  isUnderMaintenance,
} from '../model/container.ts';
import { counter, gauge, type Sample, sample } from '../model/sample.ts';
import { factMetrics, factSamples } from './runner-fact-metrics.ts';

/** A container's name, and the runner that lives in it, if any. */
export interface RunnerContainer {
  readonly runner: string | undefined;
  readonly name: string;
}

const ofRunner = ['runner', 'name'] as const;

export const healthMetrics = {
  state: gauge(
    'runnerwatch_container_state',
    'Whether the container is in the state (1) or not (0); all are 0 for a while after it was removed.',
    ['name', 'state'],
  ),
  health: gauge(
    'runnerwatch_container_health',
    'Whether the container has the health (1) or not (0); none is without a health check.',
    ['name', 'health'],
  ),
  exitCode: gauge('runnerwatch_container_exit_code', 'The exit code of the last run; 0 while it runs.', ['name']),
  oomKilled: gauge(
    'runnerwatch_container_oom_killed',
    'Whether the last run ended for want of memory (1) or not (0).',
    ['name'],
  ),
  failingStreak: gauge('runnerwatch_container_health_failing_streak', 'Failed health checks in a row.', ['name']),
  info: gauge('runnerwatch_container_info', 'What the container was made from; always 1.', [
    'name',
    'id',
    'image',
    'image_id',
  ]),
  restarts: counter(
    'runnerwatch_container_restarts_total',
    "Restarts of the container, by its policy and by hand; Docker's own count begins anew with each by hand.",
    ['name'],
  ),
  oomEvents: counter('container_oom_events_total', 'Times that Docker told of the container being out of memory.', [
    'id',
    'name',
    'image',
  ]),
  runnerInfo: gauge('runnerwatch_runner_container_info', 'The container that a runner lives in; always 1.', [
    ...ofRunner,
    'id',
  ]),
  runnerState: gauge(
    'runnerwatch_runner_container_state',
    "Whether the runner's container is in the state (1) or not (0); all are 0 for a while after it was removed.",
    [...ofRunner, 'state'],
  ),
  runnerHealth: gauge(
    'runnerwatch_runner_container_health',
    "Whether the runner's container has the health (1) or not (0).",
    [...ofRunner, 'health'],
  ),
  runnerExitCode: gauge(
    'runnerwatch_runner_container_exit_code',
    "The exit code of the last run of the runner's container; 0 while it runs.",
    ofRunner,
  ),
  runnerCheckTime: gauge(
    'runnerwatch_runner_check_timestamp_seconds',
    "When the last check of the runner's health began: the age of all that it tells.",
    ofRunner,
  ),
  runnerMaintenance: gauge(
    'runnerwatch_runner_maintenance',
    "Always 1: the runner's container is labelled runnerwatch.maintenance, so that it may be down; absent where it is not.",
    ofRunner,
  ),
  ...factMetrics,
} as const;

const metrics = healthMetrics;

export function containerSamples(details: ContainerDetails): readonly Sample[] {
  const { name, state, health } = details;
  return [
    ...containerStates.map((one) => sample(metrics.state, { name, state: one }, Number(state.status === one))),
    ...containerHealths.map((one) => sample(metrics.health, { name, health: one }, Number(healthOf(details) === one))),
    sample(metrics.exitCode, { name }, state.exitCode),
    sample(metrics.oomKilled, { name }, Number(state.oomKilled)),
    sample(metrics.failingStreak, { name }, health?.failingStreak ?? 0),
  ];
}

/** What only watching tells of a container. */
export function pastSamples(
  { id: full, name, image, imageId }: ContainerDetails,
  past: ContainerPast | undefined,
): readonly Sample[] {
  const id = `/docker/${full}`;
  return [
    sample(metrics.info, { name, id, image, image_id: imageId }, 1),
    ...(past === undefined
      ? []
      : [sample(metrics.restarts, { name }, past.restarts), sample(metrics.oomEvents, { id, name, image }, past.ooms)]),
  ];
}

/** Docker calls the health of every stopped container `unhealthy`; a container that does not run has none. */
function healthOf({ state, health }: ContainerDetails): string {
  return state.running && health ? health.status : 'none';
}

export function runnerSamples(details: ContainerDetails): readonly Sample[] {
  const { id, name, runner, state } = details;
  if (runner === undefined) return [];
  const labels = { runner, name };
  return [
    sample(metrics.runnerInfo, { ...labels, id }, 1),
    ...containerStates.map((one) =>
      sample(metrics.runnerState, { ...labels, state: one }, Number(state.status === one)),
    ),
    ...containerHealths.map((one) =>
      sample(metrics.runnerHealth, { ...labels, health: one }, Number(healthOf(details) === one)),
    ),
    sample(metrics.runnerExitCode, labels, state.exitCode),
    ...checkTimeSamples(details, labels),
    ...(isUnderMaintenance(details) ? [sample(metrics.runnerMaintenance, labels, 1)] : []),
    ...factSamples(details, labels),
  ];
}

function checkTimeSamples({ state, health }: ContainerDetails, labels: { runner: string; name: string }) {
  if (!state.running || health?.checkedAt === undefined) return [];
  return [sample(metrics.runnerCheckTime, labels, health.checkedAt / 1000)];
}

/**
 * A container that was removed: every state at 0, so that an alert on `state="running"` being 0 holds until somebody
 * has seen it, instead of resolving because its series is gone.
 */
export function removedSamples({ runner, name }: RunnerContainer): readonly Sample[] {
  return containerStates.flatMap((state) => [
    sample(metrics.state, { name, state }, 0),
    ...(runner === undefined ? [] : [sample(metrics.runnerState, { runner, name, state }, 0)]),
  ]);
}
