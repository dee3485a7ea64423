import { reasonOf } from '../lib/log.ts';
import type { RecoveryPorts } from './ports.ts';
import { isWell } from './precondition.ts';

export type Verification = { readonly well: true } | { readonly well: false; readonly reason: string };

const betweenLooksMs = 2000;

/** Looks until the runner is well, or the time is over. A look that fails is no proof of anything: it is repeated. */
export async function verify(
  ports: Pick<RecoveryPorts, 'clock' | 'docker' | 'github'>,
  { runner, id, timeoutMs }: { readonly runner: string; readonly id: string; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<Verification> {
  const deadline = ports.clock.monotonic() + timeoutMs;
  for (;;) {
    const reason = await look(ports, runner, id, signal);
    if (reason === undefined) return { well: true };
    if (ports.clock.monotonic() >= deadline) return { well: false, reason };
    await ports.clock.sleep(betweenLooksMs, signal);
  }
}

/** What is still missing; undefined where nothing is. */
async function look(
  { docker, github }: Pick<RecoveryPorts, 'docker' | 'github'>,
  runner: string,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const container = await docker.inspect(id, signal);
    if (!container) return 'its container was removed';
    // GitHub is asked only once the container is well: that answer costs requests.
    if (!isWell(container, { asked: false })) {
      return `its container is ${container.state.status}, health ${container.health?.status ?? 'none'}`;
    }
    const seen = await github.look(runner, signal);
    if (isWell(container, seen)) return undefined;
    return seen.asked && seen.runner ? `GitHub says ${seen.runner.status}` : 'GitHub does not know it';
  } catch (error) {
    signal.throwIfAborted();
    return reasonOf(error);
  }
}
