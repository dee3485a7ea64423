import type { Findings } from './findings.ts';
import type { RecoveryPorts } from './ports.ts';

type Ports = Pick<RecoveryPorts, 'github' | 'docker'>;

/**
 * GitHub and Docker are asked at the same moment; who does not answer makes the whole answer unknown. A text says why
 * what was found cannot be used. `likely` is the name of the container that it had a moment ago: where it still has
 * that one, nobody waits for one answer of Docker's after the other.
 */
export async function findingsOf(
  ports: Ports,
  runner: string,
  signal: AbortSignal,
  likely?: string,
): Promise<Findings | string> {
  const { docker, github } = ports;
  const processesOf = (name: string) => docker.top(name, signal).catch(() => undefined);
  const [look, [container, ...others], early] = await Promise.all([
    github.look(runner, signal),
    docker.containersOf(runner, signal),
    likely === undefined ? undefined : processesOf(likely),
  ]);
  if (others.length > 0) return 'several containers are labelled as this runner';
  const isLikely = container !== undefined && container.name === likely;
  const processes = isLikely ? early : container && (await processesOf(container.name));
  return { github: look, container, processes };
}
