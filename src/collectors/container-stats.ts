import type { ContainerDetails, ContainerStats } from '../model/container.ts';
import type { CgroupSource } from '../sources/cgroup/cgroup.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';

/** Where the usage of containers is read: `auto` is the kernel's files where they can be seen, and Docker elsewhere. */
export const statsChoices = ['auto', 'cgroup', 'docker'] as const;
export type StatsChoice = (typeof statsChoices)[number];
export type StatsOrigin = Exclude<StatsChoice, 'auto'>;

interface Ports {
  readonly docker: Pick<DockerSource, 'inspect' | 'stats'>;
  readonly cgroup: CgroupSource;
}

export interface StatsReading {
  readonly stats: ContainerStats;
  readonly origin: StatsOrigin;
}

/** Undefined where the container ended meanwhile. Rejects where it runs and cannot be read. */
export async function readStats(
  ports: Ports,
  choice: StatsChoice,
  details: ContainerDetails,
  signal: AbortSignal,
): Promise<StatsReading | undefined> {
  if (choice !== 'docker') {
    const stats = await readKernel(ports, choice, details, signal);
    if (stats) return { stats, origin: 'cgroup' };
    if (choice === 'cgroup') return absent(ports, details, signal);
  }
  const stats = await ports.docker.stats(details.id, signal);
  return stats && { stats, origin: 'docker' };
}

/** With `auto`, files that do not answer are as good as none: Docker is asked instead. */
function readKernel(
  { cgroup }: Ports,
  choice: StatsChoice,
  { id, state }: ContainerDetails,
  signal: AbortSignal,
): Promise<ContainerStats | undefined> {
  const reading = cgroup.stats({ id, pid: state.pid }, signal);
  return choice === 'auto' ? reading.catch(() => undefined) : reading;
}

/** Nothing was found: because the container has ended, or because its files cannot be seen from here. */
async function absent({ docker }: Ports, { id, state }: ContainerDetails, signal: AbortSignal): Promise<undefined> {
  const now = await docker.inspect(id, signal);
  if (now?.state.running && now.state.pid === state.pid) {
    throw new Error(
      "its cgroup cannot be seen; are the host's /proc and /sys mounted where collectors.host.path says?",
    );
  }
}
