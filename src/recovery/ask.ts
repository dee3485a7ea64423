import type { Findings } from './findings.ts';
import type { RecoveryPorts } from './ports.ts';

type Ports = Pick<RecoveryPorts, 'github' | 'docker' | 'clock'>;

/**
 * How old the word on a container's processes may be once all have answered. A job that begins meanwhile is known to
 * GitHub before its process runs; that GitHub is asked in the same moment makes up for so much, and for no more.
 */
export const freshForMs = 250;

/**
 * GitHub and Docker are asked at the same moment; who does not answer makes the whole answer unknown. A text says why
 * what was found cannot be used. `likely` is the name of the container that it had a moment ago: where all answer at
 * once, nobody waits for one answer of Docker's after the other.
 */
export async function findingsOf(
  ports: Ports,
  runner: string,
  signal: AbortSignal,
  likely?: string,
): Promise<Findings | string> {
  const { clock, docker } = ports;
  const early = likely === undefined ? undefined : earlyOf(ports, likely, signal);
  const [github, [container, ...others], processes] = await Promise.all([
    ports.github.look(runner, signal),
    docker.containersOf(runner, signal),
    early?.answer,
  ]);
  if (others.length > 0) return 'several containers are labelled as this runner';
  if (container === undefined) return { github, container, processes: undefined };
  // Where GitHub is asked for nothing, or for one scope after the other, Docker has the last word.
  const isAsked = github.asked && github.scopes?.length === 1;
  const isFresh = early !== undefined && clock.monotonic() - early.at <= freshForMs;
  if (processes && isAsked && isFresh && container.name === likely) return { github, container, processes };
  return { github, container, processes: await docker.top(container.name, signal).catch(() => undefined) };
}

function earlyOf({ docker, clock }: Pick<Ports, 'docker' | 'clock'>, name: string, signal: AbortSignal) {
  const at = clock.monotonic();
  return docker.expected?.(name) ?? { at, answer: docker.top(name, signal).catch(() => undefined) };
}
