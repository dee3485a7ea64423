import type { RunnerContainer } from '../collectors/container-health-metrics.ts';
import {
  type ContainerHistory,
  type ContainerPastStore,
  createContainerHistory,
} from '../collectors/container-history.ts';
import { createJobFilter, createRepositoryFilter } from '../collectors/github/job-filter.ts';
import { createJobLedger, type JobLedger, type JobStore } from '../collectors/github/job-ledger.ts';
import { createQueuePolls, type QueuePolls } from '../collectors/github/queue-polls.ts';
import { createRunLedger, type RunLedger, type RunStore } from '../collectors/github/run-ledger.ts';
import { createRunnerCatalog, type ReleaseStore, type RunnerCatalog } from '../collectors/github/runner-catalog.ts';
import { createRunnerMemory, type RunnerMemory, type RunnerStore } from '../collectors/github/runner-memory.ts';
import type { GithubTallies } from '../collectors/github/tallies.ts';
import { createTombstones, type Tombstones } from '../collectors/tombstones.ts';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { readSecret, type SecretSource } from '../lib/secret.ts';
import type { Audit } from '../model/audit.ts';
import type { GithubScope } from '../model/runner.ts';
import { type CgroupSource, createCgroupSource } from '../sources/cgroup/cgroup.ts';
import { createDiskWalk, type DiskWalk } from '../sources/disk-walk.ts';
import { createDockerSource } from '../sources/docker/create.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';
import { createFirewallSource, type FirewallSource } from '../sources/firewall.ts';
import { createGithubSource } from '../sources/github/create.ts';
import { createGithubEdge, type GithubEdge } from '../sources/github/edge.ts';
import type { GithubSource } from '../sources/github/github-source.ts';
import type { GithubMemory } from '../sources/github/memory.ts';
import { createIcmp, type IcmpSource } from '../sources/icmp.ts';
import { createInventory, type Inventory } from '../sources/inventory.ts';
import { createNameservers, type Nameservers } from '../sources/nameservers.ts';
import { createDns, type DnsSource } from '../sources/probes/dns.ts';
import { createHttp, type HttpSource } from '../sources/probes/http.ts';
import { createTcp, type TcpSource } from '../sources/probes/tcp.ts';
import { createProcfs, type Procfs } from '../sources/procfs/procfs.ts';
import { createResolver } from '../sources/resolver.ts';
import { createSsh } from '../sources/ssh/create.ts';
import type { SshSource } from '../sources/ssh/ssh-source.ts';
import type { HostKeyMemory } from '../sources/ssh/trust.ts';
import { watchedAs } from './watched.ts';

/** What every source needs of the process. */
export interface Ground {
  readonly clock: Clock;
  readonly log: Log;
  /** `runnerwatch/<version>`: how we introduce ourselves. */
  readonly userAgent: string;
  /** Writes what happened into the audit log. */
  readonly audit: Audit;
  readFile(path: string): Promise<string>;
}

/** Everything outward, made from one configuration. Nothing is connected before it is asked. */
export interface Sources {
  readonly cgroup: CgroupSource;
  readonly disk: DiskWalk;
  readonly dns: DnsSource;
  readonly docker: DockerSource;
  readonly firewall: FirewallSource;
  readonly github: GithubSource;
  readonly githubEdge: GithubEdge;
  readonly githubScopes: readonly GithubScope[];
  readonly jobs: JobLedger;
  readonly queuePolls: QueuePolls;
  readonly runs: RunLedger;
  readonly runnerMemory: RunnerMemory;
  readonly runnerCatalog: RunnerCatalog;
  /** How often runners are read now, in ms. */
  readonly runnersPaceMs: () => number;
  /** Of its API. */
  readonly githubUrl: string;
  readonly procfs: Procfs;
  readonly http: HttpSource;
  readonly icmp: IcmpSource;
  readonly inventory: Inventory;
  readonly nameservers: Nameservers;
  readonly ssh: SshSource;
  readonly tcp: TcpSource;
  readonly tombstones: Tombstones<RunnerContainer>;
  readonly history: ContainerHistory;
}

/** Where what GitHub said is kept over a restart. */
interface GithubStores {
  /** Over reloads; of the limits it has a store of its own. */
  readonly memory: GithubMemory;
  readonly runners: RunnerStore;
  readonly releases: ReleaseStore;
  readonly jobs: JobStore;
  readonly runs: RunStore;
  /** These over reloads alone. */
  readonly tallies: GithubTallies;
}

export function createSources(
  config: Config,
  { clock, log, userAgent, readFile, audit }: Ground,
  hostKeys: HostKeyMemory,
  containerPasts: ContainerPastStore,
  stores: GithubStores,
): Sources {
  const resolver = createResolver(clock);
  const githubScopes = scopesOf(config);
  const runnerMemory = createRunnerMemory({ store: stores.runners, scopes: githubScopes.map(({ name }) => name) });
  const { token, api_url: apiUrl, budget_ratio: budgetRatio } = config.github;
  const tcp = createTcp({ clock, resolver, readFile });
  const github = createGithubSource({
    apiUrl,
    token: token && (() => readSecret(token, readFile)),
    app: appOf(config, readFile),
    scopes: githubScopes,
    budgetRatio,
    memory: stores.memory,
    audit,
    clock,
    log,
    userAgent,
  });
  return {
    cgroup: createCgroupSource({ clock, ...config.collectors.host.path }),
    dns: createDns({ clock, resolver, readFile }),
    disk: createDiskWalk(clock),
    docker: createDockerSource({ host: config.docker.host, clock, log }),
    firewall: createFirewallSource(clock),
    github,
    githubEdge: createGithubEdge({ apiUrl, keyFile: fileOf(config.github.app.private_key), tcp, clock, log }),
    githubScopes,
    jobs: createJobLedger({
      ...{ clock, audit, store: stores.jobs, tally: stores.tallies.jobs },
      ...jobFilterOf(config, githubScopes, runnerMemory),
    }),
    queuePolls: createQueuePolls(),
    runs: createRunLedger({
      settings: config.collectors['github-pipelines'],
      repositories: config.github.repositories,
      store: stores.runs,
      clock,
      tallies: stores.tallies,
      isWatched: (repository) => watchedAs(repository, config) !== undefined,
    }),
    runnerMemory,
    runnerCatalog: createRunnerCatalog({ clock, log, store: stores.releases }),
    runnersPaceMs: () => github.pace(config.collectors['github-runners'].interval),
    githubUrl: apiUrl,
    procfs: createProcfs({ clock, ...config.collectors.host.path }),
    http: createHttp({ clock, resolver, readFile, userAgent }),
    icmp: createIcmp({ clock, resolver }),
    inventory: createInventory(clock),
    nameservers: createNameservers(clock),
    ssh: createSsh({ clock, resolver, readFile, memory: hostKeys }),
    tcp,
    tombstones: createTombstones(clock),
    history: createContainerHistory(containerPasts),
  };
}

function fileOf(secret: SecretSource | undefined): string | undefined {
  return secret?.kind === 'file' ? secret.path : undefined;
}

function jobFilterOf({ github, collectors }: Config, githubScopes: readonly GithubScope[], runnerMemory: RunnerMemory) {
  const { ignore_labels: ignoreLabels, ...queue } = collectors['github-queue'];
  const repositories = [...github.repositories, ...queue.repositories];
  return {
    adopt: createJobFilter({ repositories, ignoreLabels, githubScopes, runnerMemory }),
    isWatched: createRepositoryFilter({ repositories, githubScopes }),
  };
}

function appOf({ github: { app } }: Config, readFile: Ground['readFile']) {
  const { id, private_key: key } = app;
  return id === undefined || !key ? undefined : { id, privateKey: () => readSecret(key, readFile) };
}

function scopesOf({ github }: Config): readonly GithubScope[] {
  return [
    ...github.repositories.map((name) => ({ kind: 'repository', name }) as const),
    ...github.organizations.map((name) => ({ kind: 'organization', name }) as const),
    ...github.enterprises.map((name) => ({ kind: 'enterprise', name }) as const),
  ];
}
