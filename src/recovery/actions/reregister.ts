import { factsOf } from '../../model/runner-facts.ts';
import type { RecoveryPorts } from '../ports.ts';
import { type Action, type ActionTarget, containerOf } from './action.ts';

const betweenLooksMs = 2000;

/**
 * Without a command in the container: once GitHub has forgotten the registration, the listener ends at its next start,
 * the container's health check says `reason=registration-gone`, and the start after that registers anew.
 */
export const reregister: Action = {
  name: 'reregister',
  help: "Takes the runner's offline registration out of GitHub and restarts the container until it registers anew.",
  touches: true,
  needs: 'container',
  async act(ports, target, signal) {
    const { name } = containerOf(target);
    const graceSeconds = Math.ceil(target.graceMs / 1000);
    for (const registration of target.registrations) {
      if (!(await ports.github.remove(registration, signal))) throw new Error('GitHub says it works on a job');
    }
    if (await isWellAgain(target)) return;
    await ports.docker.restart(name, graceSeconds, signal);
    if (!(await isForgotten(ports, target, signal)) || (await isWellAgain(target))) return;
    await ports.docker.restart(name, graceSeconds, signal);
  },
};

/** Asked anew before each restart. Throws where the runner has to be left alone. */
async function isWellAgain(target: ActionTarget): Promise<boolean> {
  const objection = await target.recheck();
  if (objection && objection.outcome !== 'recovered') throw new Error(objection.reason);
  return objection !== undefined;
}

/** Whether it says that its registration is gone; false where it came back without that, or says nothing in time. */
async function isForgotten(
  { docker, clock }: RecoveryPorts,
  target: ActionTarget,
  signal: AbortSignal,
): Promise<boolean> {
  const { id } = containerOf(target);
  const deadline = clock.monotonic() + target.patienceMs;
  while (clock.monotonic() < deadline) {
    await clock.sleep(betweenLooksMs, signal);
    const container = await docker.inspect(id, signal).catch(() => undefined);
    if (!container?.state.running) continue;
    if (factsOf(container.health?.lastOutput ?? '').words.get('reason') === 'registration-gone') return true;
    if ((container.health?.status ?? 'none') === 'healthy') return false;
  }
  return false;
}
