import type {
  ContainerDetails,
  ContainerEvent,
  ContainerSize,
  ContainerStats,
  ContainerSummary,
  DiskKind,
  DiskUse,
  Prune,
} from '../../model/container.ts';

export interface DockerHostInfo {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly cgroupVersion: string;
  readonly serverVersion: string;
  /** Where it keeps images, containers and volumes, as its host names it. */
  readonly rootDir: string | undefined;
}

export interface DockerVersion {
  readonly version: string;
  readonly apiVersion: string;
  /** Of the host, in Go's word: `amd64`, `arm64`. */
  readonly architecture: string | undefined;
}

/** What to tell the watcher's owner: the stream stands, or why it does not. */
export type OnConnection = (connected: boolean, reason: string | undefined) => void;

/**
 * One Docker Engine. Every call settles by its own deadline, whatever the socket does, and throws an Error whose
 * message says what to mend. A container that is gone is `undefined`, not an error.
 */
export interface DockerSource {
  /** The address as configured, for messages. */
  readonly host: string;
  /** Why nothing can be asked (no socket at the path), or undefined where it is worth trying. */
  available(): string | undefined;
  /** All containers, stopped ones too. */
  list(signal: AbortSignal): Promise<readonly ContainerSummary[]>;
  inspect(id: string, signal: AbortSignal): Promise<ContainerDetails | undefined>;
  /** One reading, without the second that Docker otherwise waits for; undefined where the container does not run. */
  stats(id: string, signal: AbortSignal): Promise<ContainerStats | undefined>;
  /** The paths that differ from its image, volumes left out. It walks all files of both, so this may take a minute. By name: the socket proxy knows the runners by theirs. */
  changes(name: string, signal: AbortSignal): Promise<readonly string[] | undefined>;
  /** The command lines of its processes; empty where it does not run. By name, too. */
  top(name: string, signal: AbortSignal): Promise<readonly string[] | undefined>;
  /** Starts one that does not run; no error where it does. Throws where it is gone. By name, too. */
  start(name: string, signal: AbortSignal): Promise<void>;
  /** Stops, killing after `graceSeconds`, and starts again. Settles when it was started. Throws where it is gone. By name, too. */
  restart(name: string, graceSeconds: number, signal: AbortSignal): Promise<void>;
  /** Stops, killing after `graceSeconds`; no error where it does not run. By name, too. */
  stop(name: string, graceSeconds: number, signal: AbortSignal): Promise<void>;
  /** Removes what is not in use; the bytes that it freed. This may take minutes. */
  prune(prune: Prune, signal: AbortSignal): Promise<number>;
  ping(signal: AbortSignal): Promise<void>;
  version(signal: AbortSignal): Promise<DockerVersion>;
  hostInfo(signal: AbortSignal): Promise<DockerHostInfo>;
  /** What Docker keeps on disk. It walks every volume and layer for it, so this may take a minute. */
  diskUse(signal: AbortSignal): Promise<ReadonlyMap<DiskKind, DiskUse>>;
  /** The writable layer of every container. It walks them for it, so this may take a minute. */
  sizes(signal: AbortSignal): Promise<readonly ContainerSize[]>;
  /**
   * Every container event until the signal ends, each once, over restarts of the daemon as well. Never rejects.
   * Of commands in containers, such as their health checks, only the ends.
   */
  watch(onEvent: (event: ContainerEvent) => void, onConnection: OnConnection, signal: AbortSignal): Promise<void>;
  /** Drops idle connections. */
  close(): void;
}
