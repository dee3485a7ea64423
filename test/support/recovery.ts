import type { ContainerDetails, ContainerHealth } from '../../src/model/container.ts';
import type { GithubRunner } from '../../src/model/runner.ts';

interface Shape {
  readonly id?: string;
  readonly running?: boolean;
  readonly health?: ContainerHealth;
  /** Of a container that does not run. */
  readonly exitCode?: number;
}

export function container({ id = 'c1', running = true, health = 'healthy', exitCode = 137 }: Shape): ContainerDetails {
  return {
    id,
    name: 'github-runner-1',
    image: 'runner',
    imageId: 'sha256:1',
    labels: {},
    state: {
      status: running ? 'running' : 'exited',
      running,
      exitCode: running ? 0 : exitCode,
      oomKilled: false,
      startedAt: 0,
      finishedAt: undefined,
      pid: running ? 42 : 0,
    },
    health: health === 'none' ? undefined : { status: health, failingStreak: 0, lastOutput: '' },
    restartCount: 0,
    memoryLimitBytes: 0,
    cpuQuota: 0,
    cpuPeriod: 0,
    cpuShares: 0,
    createdAt: 0,
    runner: 'homelab-1',
  };
}

export function githubRunner(given: Partial<GithubRunner>): GithubRunner {
  return {
    id: 1,
    name: 'homelab-1',
    os: 'linux',
    status: 'online',
    busy: false,
    labels: [],
    version: '2.336.0',
    ephemeral: false,
    ...given,
  };
}
