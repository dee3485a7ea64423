import type { Findings } from './findings.ts';
import type { RecoveryPorts } from './ports.ts';

type Ports = Pick<RecoveryPorts, 'github' | 'docker'>;

/**
 * GitHub and Docker are asked at the same moment; who does not answer makes the whole answer unknown. A text says why
 * what was found cannot be used.
 */
export async function findingsOf(ports: Ports, runner: string, signal: AbortSignal): Promise<Findings | string> {
  const [github, [container, ...others]] = await Promise.all([
    ports.github.look(runner, signal),
    ports.docker.containersOf(runner, signal),
  ]);
  if (others.length > 0) return 'several containers are labelled as this runner';
  const processes = container && (await ports.docker.top(container.name, signal).catch(() => undefined));
  return { github, container, processes };
}
