import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { docker, hostAddress, runContainer, type TestContainer } from '../../../test/support/docker-cli.ts';
import { createGithubEmulator, type GithubEmulator, TEST_TOKEN } from '../../../test/support/github-emulator/index.ts';
import { imageTag } from '../../../test/support/services.ts';
import { root } from '../../../test/support/tree.ts';
import { waitUntil } from '../../../test/support/wait.ts';
import { autohealLabel, type Healer, startAutoheal, startRunnerwatchHealer } from './healers.ts';

/** As compose.yaml has it. */
export const intervalMs = 30_000;
const health = [
  ...['--health-cmd', '/runner/health-check.sh', '--health-interval', '30s', '--health-timeout', '10s'],
  ...['--health-retries', '3', '--health-start-period', '60s', '--health-start-interval', '2s'],
];

/** Milliseconds from the death of a runner's listener. */
export interface Outage {
  /** To the call that restarts its container. */
  readonly toRestart: number;
  /** Until GitHub sees it online again. */
  readonly toOnline: number;
}

export interface Outages {
  readonly runnerwatch: readonly Outage[];
  readonly autoheal: readonly Outage[];
}

/** Shipped scripts and health check, with a runner that keeps the real one's behaviour. Both healers at the same time. */
export async function deathToOnline(repeats: number): Promise<Outages> {
  await using github = await createGithubEmulator();
  await using ours = await startRunnerwatchHealer(github);
  await using theirs = await startAutoheal();
  const each = (healer: Healer, kind: string, labels: (name: string) => readonly string[]) =>
    Promise.all(
      Array.from({ length: repeats }, async (_, index) => {
        const name = `bench-${kind}-${process.pid}-${index}`;
        await using container = await startRunner(github, name, labels(name));
        // Spread over the interval of the health check.
        await delay((index * intervalMs) / repeats);
        return await outageOf({ healer, github, container, name });
      }),
    );
  const [runnerwatch, autoheal] = await Promise.all([
    each(ours, 'runnerwatch', (name) => [`runnerwatch.runner=${name}`]),
    // By its name the other one would be Runnerwatch's to heal, too.
    each(theirs, 'autoheal', () => [`${autohealLabel}=true`, 'runnerwatch.maintenance=true']),
  ]);
  return { runnerwatch, autoheal };
}

async function startRunner(github: GithubEmulator, name: string, labels: readonly string[]): Promise<TestContainer> {
  const url = `http://${await hostAddress()}:${github.port}`;
  const variables = {
    ...{ GITHUB_REPOSITORY: 'octo/homelab', GITHUB_API_URL: url, GITHUB_SERVER_URL: url },
    ...{ GITHUB_TOKEN: TEST_TOKEN, RUNNER_NAME: name, RUNNER_EGRESS_INTERVAL: '0' },
  };
  const container = await runContainer(
    ...['--init', `--volume=${join(root, 'compose/runner')}:/runner:ro`, '--entrypoint=/runner/entrypoint.sh'],
    ...labels.flatMap((label) => ['--label', label]),
    ...Object.entries(variables).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...health,
    imageTag('RUNNER_STANDIN_IMAGE'),
  );
  const isHealthy = async () =>
    (await docker('inspect', '--format', '{{.State.Health.Status}}', container.name)) === 'healthy';
  await waitUntil(isHealthy, { timeoutMs: 120_000, what: () => `${name} healthy` });
  return container;
}

interface Case {
  readonly healer: Healer;
  readonly github: GithubEmulator;
  readonly container: TestContainer;
  readonly name: string;
}

async function outageOf({ healer, github, container, name }: Case): Promise<Outage> {
  const session = () =>
    github.runners().find((runner) => runner.name === name && runner.status === 'online')?.session?.id;
  await waitUntil(() => session() !== undefined, { timeoutMs: 60_000, what: () => `${name} online` });
  const before = session();
  const id = await docker('inspect', '--format', '{{.Id}}', container.name);
  await container.exec('pkill', '-KILL', '-f', 'bin/Runner[.]Listener run');
  const diedAt = Date.now();
  const isBack = () => session() !== undefined && session() !== before;
  await waitUntil(isBack, { timeoutMs: 300_000, what: () => `${name} online again` });
  const calledAt = healer.restartedAt.get(container.name) ?? healer.restartedAt.get(id) ?? Number.NaN;
  return { toRestart: calledAt - diedAt, toOnline: Date.now() - diedAt };
}
