import type { ContainerDetails, ContainerHealth } from '../../src/model/container.ts';
import type { GithubRunner } from '../../src/model/runner.ts';
import type { Registration } from '../../src/recovery/findings.ts';
import { containerDetails } from './fake-docker.ts';

interface Shape {
  readonly id?: string;
  readonly running?: boolean;
  readonly health?: ContainerHealth;
  /** Of a container that does not run. */
  readonly exitCode?: number;
  /** What its health check printed last. */
  readonly facts?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export function container({
  id = 'c1',
  running = true,
  health = 'healthy',
  exitCode = 137,
  facts = '',
  labels = {},
}: Shape): ContainerDetails {
  const { state } = containerDetails();
  return containerDetails({
    id,
    name: 'github-runner-1',
    image: 'runner',
    labels,
    state: {
      ...state,
      status: running ? 'running' : 'exited',
      running,
      exitCode: running ? 0 : exitCode,
      pid: running ? 42 : 0,
    },
    health: health === 'none' ? undefined : { status: health, failingStreak: 0, lastOutput: facts },
    runner: 'homelab-1',
  });
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
    groupId: undefined,
    ...given,
  };
}

export function registration(given: Partial<GithubRunner>): Registration {
  return { scope: { kind: 'repository', name: 'o/r' }, runner: githubRunner(given) };
}
