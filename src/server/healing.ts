import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Audit } from '../model/audit.ts';
import type { ContainerDetails } from '../model/container.ts';
import type { GithubLook, RecoveryPorts } from '../recovery/ports.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';
import type { RecoveryStore } from '../state/recoveries.ts';
import type { Sources } from './sources.ts';

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Audit;
  readonly store: RecoveryStore;
  readonly count: RecoveryPorts['count'];
  /** Those of the configuration in force: a recovery outlives a reload. */
  readonly sources: () => Pick<Sources, 'docker' | 'github' | 'githubScopes'>;
}

/** What recovery may reach, over the sources. */
export function createRecoveryPorts({ sources, ...rest }: Parts): RecoveryPorts {
  return {
    ...rest,
    docker: {
      containersOf: (runner, signal) => containersOf(sources().docker, runner, signal),
      inspect: (id, signal) => sources().docker.inspect(id, signal),
      top: async (name, signal) => {
        const processes = await sources().docker.top(name, signal);
        if (!processes) throw new Error(`container ${name} is gone`);
        return processes;
      },
      restart: (name, graceSeconds, signal) => sources().docker.restart(name, graceSeconds, signal),
    },
    github: { look: (runner, signal) => look(sources(), runner, signal) },
  };
}

const runnerLabel = 'runnerwatch.runner';

/** By the label, which the list has; only where no container carries it, each one's environment is looked at. */
async function containersOf(
  docker: DockerSource,
  runner: string,
  signal: AbortSignal,
): Promise<readonly ContainerDetails[]> {
  const listed = await docker.list(signal);
  const labelled = listed.filter(({ labels }) => labels[runnerLabel] === runner);
  const candidates = labelled.length > 0 ? labelled : listed.filter(({ labels }) => labels[runnerLabel] === undefined);
  const details = await Promise.all(candidates.map(({ id }) => docker.inspect(id, signal)));
  return details.flatMap((container) => (container?.runner === runner ? [container] : []));
}

/** The runner in whichever scope has it. A scope that fails is an error: the runner may be in just that one. */
async function look(
  { github, githubScopes }: Pick<Sources, 'github' | 'githubScopes'>,
  runner: string,
  signal: AbortSignal,
): Promise<GithubLook> {
  if (github.available() !== undefined || githubScopes.length === 0) return { asked: false };
  const lists = await Promise.all(githubScopes.map((scope) => github.listRunners(scope, signal)));
  return { asked: true, runner: lists.flat().find(({ name }) => name === runner) };
}
