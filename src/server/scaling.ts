import { standingOf } from '../broker/standing.ts';
import { plainLabels } from '../collectors/github/job-series.ts';
import { visibleScopes } from '../collectors/github/job-starvation.ts';
import { every } from '../lib/loop.ts';
import { type ContainerDetails, type ContainerSummary, runnerLabel } from '../model/container.ts';
import { createScaler, type ScalingPorts } from '../recovery/scaler.ts';
import type { WaitingJob } from '../recovery/scaling.ts';
import type { PoolContainer } from '../recovery/scaling-pool.ts';
import { createScalingMeter } from '../samples/scaling-meter.ts';
import { createStandbyStore } from '../state/standby.ts';
import type { Healing } from './healing.ts';
import type { Kept, Runtime } from './runtime.ts';
import type { Sources } from './sources.ts';

/** A job waits longer than this before anybody is started, so that webhooks need not be followed. */
const lookMs = 5000;

/** On containers that may be started and stopped as jobs wait. */
const poolLabel = 'runnerwatch.pool';

/** A queue is known where it was read so lately; two readings may fail. */
const leastFreshMs = 5 * 60_000;
const freshReadings = 3;

/** Starts and stops the runners of the pool. Outlives reloads. */
export function startScaling(
  current: () => Runtime,
  { ground, database, self }: Kept,
  healing: Healing,
  stack: AsyncDisposableStack,
): void {
  const stopping = new AbortController();
  const meter = createScalingMeter(self.registry, () => scaler.standby());
  const ports: ScalingPorts = {
    recovery: healing.ports,
    pool: (signal) => poolOf(current().sources, signal),
    queue: () => queueOf(current(), ground.clock.now()),
    drains: healing.drains,
    standby: createStandbyStore(database),
    meter,
    healing: () => healing.healer.acting(),
  };
  const scaler = createScaler(() => current().config.recovery, ports);
  const looking = every(ground.clock, lookMs, stopping.signal, scaler.look);
  stack.defer(async () => {
    stopping.abort(new Error('stopped'));
    await looking;
  });
}

type PoolSources = Pick<Sources, 'docker' | 'githubScopes' | 'runnerMemory'>;

async function poolOf(sources: PoolSources, signal: AbortSignal): Promise<readonly PoolContainer[]> {
  if (sources.docker.available() !== undefined) return [];
  const listed = await sources.docker.list(signal);
  const found = await Promise.all(
    listed.map(async (summary): Promise<PoolContainer | undefined> => {
      const runner = summary.labels[runnerLabel];
      if (runner === undefined) return undefined;
      const isMember = isInPool(summary);
      const details = isMember ? await sources.docker.inspect(summary.id, signal) : undefined;
      // It vanished since the list.
      if (isMember && !details) return undefined;
      const isRunning = details?.state.running ?? summary.state === 'running';
      return { runner, isMember, isRunning, details, ...abilityOf(runner, summary, sources) };
    }),
  );
  return found.filter((one) => one !== undefined);
}

function isInPool({ labels }: ContainerSummary): boolean {
  const said = labels[poolLabel];
  return said !== undefined && said !== 'false';
}

/** As GitHub lists it; where it does not, what it will register with. */
function abilityOf(
  runner: string,
  container: Pick<ContainerDetails, 'labels'>,
  { githubScopes, runnerMemory }: PoolSources,
): Pick<PoolContainer, 'labels' | 'scopes'> {
  const registered = githubScopes.flatMap(({ name }) =>
    runnerMemory.known(name).flatMap((known) => (known.runner.name === runner ? [known] : [])),
  );
  if (registered.length > 0) {
    const labels = registered.flatMap((known) => known.runner.labels);
    return { labels: plainLabels(labels), scopes: registered.map(({ scope }) => scope) };
  }
  const standing = standingOf(container, architectures[process.arch]);
  const labels = 'labels' in standing ? standing.labels : [];
  return { labels: plainLabels(labels), scopes: githubScopes.map(({ name }) => name) };
}

/** Docker's words for what Node runs on. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386' };

/** Undefined where the queue of any repository is not known, or old: who does not see it all starts and stops nothing. */
function queueOf({ sources, config }: Runtime, now: number): readonly WaitingJob[] | undefined {
  const { jobs, queuePolls, githubScopes, github } = sources;
  const { interval, repositories } = config.collectors['github-queue'];
  const freshMs = Math.max(leastFreshMs, freshReadings * github.pace(interval));
  const polls = [...queuePolls.repositories];
  const isRead = ([, { success, readAt }]: (typeof polls)[number]): boolean =>
    success && readAt !== undefined && now - readAt <= freshMs;
  const named = new Set(polls.map(([name]) => name.toLowerCase()));
  const wanted = [...repositories, ...githubScopes.flatMap(({ kind, name }) => (kind === 'repository' ? [name] : []))];
  const areListed = githubScopes.every(
    ({ kind, name }) => kind !== 'organization' || queuePolls.organizations.has(name),
  );
  const isWhole = areListed && wanted.every((name) => named.has(name.toLowerCase()));
  if (polls.length === 0 || !isWhole || !polls.every(isRead)) return undefined;
  return jobs
    .open()
    .filter(({ job }) => job.status === 'queued')
    .map(({ job, queuedAt }) => ({
      labels: plainLabels(job.labels),
      scopes: visibleScopes(job.repository, githubScopes).map(({ name }) => name),
      waitedMs: Math.max(0, now - (queuedAt ?? job.createdAt)),
    }));
}
