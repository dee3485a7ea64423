import type { ContainerDetails, ContainerStats } from '../../src/model/container.ts';
import type { DockerSource } from '../../src/sources/docker/docker-source.ts';

/** A running container as Docker tells of it; `over` is what differs. */
export function containerDetails(over: Partial<ContainerDetails> = {}): ContainerDetails {
  const name = over.name ?? 'web';
  return {
    id: `id-${name}`,
    name,
    image: 'busybox:stable',
    imageId: 'sha256:1',
    labels: {},
    state: {
      status: 'running',
      running: true,
      exitCode: 0,
      oomKilled: false,
      startedAt: Date.parse('2026-01-01T00:00:00Z'),
      finishedAt: undefined,
      pid: 42,
    },
    health: undefined,
    restartCount: 0,
    memoryLimitBytes: 0,
    cpuQuota: 0,
    cpuPeriod: 100_000,
    cpuShares: 1024,
    memorySwapLimitBytes: 0,
    memoryReservationBytes: 0,
    threadsLimit: 0,
    networkMode: 'bridge',
    addresses: [],
    logPath: undefined,
    layerPath: undefined,
    mounts: [],
    createdAt: Date.parse('2026-01-01T00:00:00Z'),
    runner: undefined,
    ...over,
  };
}

export function containerStats(over: Partial<ContainerStats> = {}): ContainerStats {
  return {
    cpu: { usageSeconds: 3, userSeconds: 2, systemSeconds: 1 },
    throttling: { periods: 0, throttledPeriods: 0, throttledSeconds: 0 },
    memory: undefined,
    networks: [],
    blockIo: [],
    threads: undefined,
    processes: undefined,
    pressure: undefined,
    ...over,
  };
}

interface FakeContainer {
  readonly details: ContainerDetails;
  readonly stats?: ContainerStats;
  /** Listed, and gone when it is asked for. */
  readonly vanished?: boolean;
  /** What asking for it fails with. */
  readonly failure?: Error;
}

/** A Docker that has these containers, as a collector sees it; everything else is not to be asked. */
export function fakeDocker(containers: readonly FakeContainer[], over: Partial<DockerSource> = {}): DockerSource {
  const unexpected = (): never => {
    throw new Error('this call was not expected');
  };
  const find = (id: string): FakeContainer | undefined => {
    const found = containers.find(({ details }) => details.id === id);
    if (found?.failure) throw found.failure;
    return found?.vanished ? undefined : found;
  };
  return {
    host: 'unix:///fake',
    available: () => undefined,
    list: async () => containers.map(({ details }) => ({ ...details, state: details.state.status })),
    inspect: async (id) => find(id)?.details,
    stats: async (id) => find(id)?.stats,
    hostInfo: async () => ({
      cpus: 8,
      memoryBytes: 16e9,
      cgroupVersion: '2',
      serverVersion: '28.5.2',
      rootDir: '/var/lib/docker',
    }),
    top: unexpected,
    changes: unexpected,
    diskUse: unexpected,
    sizes: unexpected,
    start: unexpected,
    restart: unexpected,
    stop: unexpected,
    prune: unexpected,
    ping: unexpected,
    version: unexpected,
    watch: unexpected,
    close: unexpected,
    ...over,
  };
}
