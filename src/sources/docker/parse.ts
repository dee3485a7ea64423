import { z } from 'zod';
import { parseTime } from '../../lib/clock.ts';
import {
  type ContainerDetails,
  type ContainerHealth,
  type ContainerSummary,
  containerHealths,
  runnerLabel,
} from '../../model/container.ts';
import type { DockerHostInfo, DockerVersion } from './docker-source.ts';

const Labels = z.record(z.string(), z.string()).nullish();

/** A legacy link adds names like `/other/alias`; the container's own has one slash only. */
export function containerName(names: readonly string[], id: string): string {
  const name = names.find((text) => text.lastIndexOf('/') <= 0) ?? names[0] ?? id;
  return name.replace(/^\//, '');
}

/** Where other containers reach it, by network; empty while it does not run. */
const Networks = z
  .object({
    Networks: z
      .record(z.string(), z.object({ IPAddress: z.string().nullish(), GlobalIPv6Address: z.string().nullish() }))
      .nullish(),
  })
  .nullish()
  .transform((settings) =>
    Object.values(settings?.Networks ?? {})
      .flatMap(({ IPAddress: v4, GlobalIPv6Address: v6 }) => [v4 ?? '', v6 ?? ''])
      .filter((address) => address !== ''),
  );

const ListedContainer = z
  .object({
    Id: z.string().min(1),
    Names: z.array(z.string()).nullish(),
    Image: z.string(),
    Labels,
    State: z.string(),
    NetworkSettings: Networks,
  })
  .transform((found): ContainerSummary => {
    const { Id: id, Names, Image: image, Labels: labels, State: state, NetworkSettings: addresses } = found;
    return { id, name: containerName(Names ?? [], id), image, labels: labels ?? {}, state, addresses };
  });

/** The answer to `GET /containers/json`. */
export const ContainerList = z.array(ListedContainer);

const Health = z
  .object({
    Status: z.string(),
    FailingStreak: z.number().nullish(),
    Log: z.array(z.object({ Start: z.string().nullish(), Output: z.string() })).nullish(),
  })
  .nullish();

const InspectedContainer = z.object({
  Id: z.string().min(1),
  Name: z.string(),
  Image: z.string(),
  Created: z.string(),
  RestartCount: z.number().nullish(),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    ExitCode: z.number(),
    OOMKilled: z.boolean().nullish(),
    StartedAt: z.string().nullish(),
    FinishedAt: z.string().nullish(),
    Pid: z.number().nullish(),
    Health,
  }),
  Config: z.object({ Image: z.string(), Labels, Env: z.array(z.string()).nullish() }),
  HostConfig: z.object({
    Memory: z.number().nullish(),
    NanoCpus: z.number().nullish(),
    CpuQuota: z.number().nullish(),
    CpuPeriod: z.number().nullish(),
    CpuShares: z.number().nullish(),
    MemorySwap: z.number().nullish(),
    MemoryReservation: z.number().nullish(),
    PidsLimit: z.number().nullish(),
    NetworkMode: z.string().nullish(),
  }),
  NetworkSettings: Networks,
  LogPath: z.string().nullish(),
  GraphDriver: z.object({ Data: z.record(z.string(), z.string()).nullish() }).nullish(),
  Mounts: z.array(z.object({ Source: z.string().nullish(), Destination: z.string() })).nullish(),
});

/** The answer to `GET /containers/{id}/json`. */
export const ContainerInspect = InspectedContainer.transform((found): ContainerDetails => {
  const { State: state, Config: config, HostConfig: host } = found;
  const labels = config.Labels ?? {};
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    image: config.Image,
    imageId: found.Image,
    labels,
    state: {
      status: state.Status,
      running: state.Running,
      exitCode: state.ExitCode,
      oomKilled: state.OOMKilled ?? false,
      startedAt: timeOf(state.StartedAt),
      finishedAt: timeOf(state.FinishedAt),
      pid: state.Pid ?? 0,
    },
    health: healthOf(state.Health, timeOf(state.StartedAt)),
    restartCount: found.RestartCount ?? 0,
    memoryLimitBytes: host.Memory ?? 0,
    ...cpuLimitOf(host),
    // -1 is Docker's word for no limit.
    memorySwapLimitBytes: Math.max(0, host.MemorySwap ?? 0),
    memoryReservationBytes: host.MemoryReservation ?? 0,
    threadsLimit: Math.max(0, host.PidsLimit ?? 0),
    networkMode: host.NetworkMode ?? '',
    addresses: found.NetworkSettings,
    logPath: found.LogPath || undefined,
    layerPath: found.GraphDriver?.Data?.UpperDir,
    mounts: (found.Mounts ?? []).flatMap(({ Source: source, Destination: destination }) =>
      source ? [{ source, destination }] : [],
    ),
    createdAt: timeOf(found.Created) ?? 0,
    runner: labels[runnerLabel] || environmentValue(config.Env ?? [], 'RUNNER_NAME'),
  };
});

/**
 * Docker calls a container that ends unhealthy, and keeps what its checks said. For a moment after the next start that
 * still stands there: of this run nothing is known before its own first check.
 */
function healthOf(health: z.output<typeof Health>, startedAt: number | undefined): ContainerDetails['health'] {
  const known: readonly string[] = containerHealths;
  if (!health || !known.includes(health.Status) || health.Status === 'none') return undefined;
  const last = health.Log?.at(-1);
  const checkedAt = timeOf(last?.Start);
  if (checkedAt !== undefined && checkedAt < (startedAt ?? 0)) {
    return { status: 'starting', failingStreak: 0, lastOutput: '' };
  }
  return {
    status: health.Status as ContainerHealth,
    failingStreak: health.FailingStreak ?? 0,
    lastOutput: last?.Output ?? '',
    ...(checkedAt !== undefined && { checkedAt }),
  };
}

/** `docker run --cpus` sets NanoCpus only, which the daemon turns into a quota over 100 ms; 1024 is the kernel's default weight. */
function cpuLimitOf(
  host: z.output<typeof InspectedContainer>['HostConfig'],
): Pick<ContainerDetails, 'cpuQuota' | 'cpuPeriod' | 'cpuShares'> {
  const cpuPeriod = host.CpuPeriod || 100_000;
  const cpuQuota = host.NanoCpus ? (host.NanoCpus / 1e9) * cpuPeriod : Math.max(0, host.CpuQuota ?? 0);
  return { cpuQuota, cpuPeriod, cpuShares: host.CpuShares || 1024 };
}

function environmentValue(environment: readonly string[], name: string): string | undefined {
  const value = environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  return value === '' ? undefined : value;
}

/** Go's zero time, year 1, is Docker's word for never. */
function timeOf(text: string | null | undefined): number | undefined {
  const time = parseTime(text ?? '');
  return time > 0 ? time : undefined;
}

/** The answer to `GET /containers/{id}/top?ps_args=-eo pid,args`: rows of [pid, command line]. */
export const ContainerTop = z
  .object({ Processes: z.array(z.array(z.string())).nullish() })
  .transform(({ Processes: rows }) => (rows ?? []).map((row) => row.at(-1) ?? ''));

/** The answer to `GET /containers/{id}/changes`: null where there are none. */
export const ContainerChanges = z
  .array(z.object({ Path: z.string() }))
  .nullable()
  .transform((changes) => (changes ?? []).map(({ Path: path }) => path));

/** The answer to `GET /info`. */
export const Info = z
  .object({
    NCPU: z.number(),
    MemTotal: z.number(),
    CgroupVersion: z.string().nullish(),
    ServerVersion: z.string(),
    DockerRootDir: z.string().nullish(),
  })
  .transform(
    (info): DockerHostInfo => ({
      cpus: info.NCPU,
      memoryBytes: info.MemTotal,
      cgroupVersion: info.CgroupVersion ?? '1',
      serverVersion: info.ServerVersion,
      rootDir: info.DockerRootDir ?? undefined,
    }),
  );

/** The answer to `GET /version`. */
export const Version = z.object({ Version: z.string(), ApiVersion: z.string(), Arch: z.string().nullish() }).transform(
  ({ Version: version, ApiVersion: apiVersion, Arch }): DockerVersion => ({
    version,
    apiVersion,
    architecture: Arch ?? undefined,
  }),
);
