import { reasonOf } from '../../lib/log.ts';
import type { Prune } from '../../model/container.ts';
import type { CleanUp } from '../clean-up-config.ts';
import type { RecoveryPorts } from '../ports.ts';
import { type Action, containerOf } from './action.ts';

/**
 * Without a command in the container: the shipped image makes room at each start, before a job can run, where room is
 * short. What jobs left at the host's Docker goes by Docker's own prunes.
 */
export const cleanUp: Action = {
  name: 'clean-up',
  help: 'Has Docker remove what jobs left, and restarts the container, which makes room before it begins.',
  touches: true,
  needs: 'container',
  unfit: ({ short }) => (short === 'memory' ? 'what is short is memory, and there is none to clean up' : undefined),
  async act(ports, target, signal) {
    const { name } = containerOf(target);
    for (const prune of prunesOf(target.runner, target.cleanUp)) await pruneOne(ports, prune, signal);
    // A prune may take minutes.
    const objection = await target.recheck();
    if (objection) throw new Error(objection.reason);
    await ports.docker.restart(name, Math.ceil(target.graceMs / 1000), signal);
  },
};

const hourMs = 3_600_000;

function prunesOf(runner: string, { age, job_containers, images, build_cache }: CleanUp): Prune[] {
  const hours = Math.max(1, Math.ceil(age / hourMs));
  return [
    ...(job_containers ? [{ what: 'job-containers', runner, hours } as const] : []),
    ...(images ? [{ what: 'images', hours } as const] : []),
    ...(build_cache ? [{ what: 'build-cache', hours } as const] : []),
  ];
}

/** The restart may make room enough where a prune is refused. */
async function pruneOne({ docker, log }: RecoveryPorts, prune: Prune, signal: AbortSignal): Promise<void> {
  try {
    const freedBytes = await docker.prune(prune, signal);
    log.info({ ...prune, freedBytes }, 'Docker cleaned up');
  } catch (error) {
    signal.throwIfAborted();
    log.warn({ ...prune, reason: reasonOf(error) }, 'Docker did not clean up');
  }
}
