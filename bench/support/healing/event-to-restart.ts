import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { docker, runContainer, type TestContainer } from '../../../test/support/docker-cli.ts';
import { createGithubEmulator } from '../../../test/support/github-emulator/index.ts';
import { waitUntil } from '../../../test/support/wait.ts';
import { autohealLabel, type Healer, startAutoheal, startRunnerwatchHealer } from './healers.ts';

const scope = 'octo/homelab';
/** Well until the file is gone, which a start brings back. */
const life = 'touch /tmp/well; exec sleep 3600';
const health = ['--health-cmd', 'test -e /tmp/well', '--health-interval', '1s', '--health-retries', '1'];

/** Milliseconds from Docker's event that a container is unhealthy to the call that restarts it. */
export interface Delays {
  readonly runnerwatch: readonly number[];
  readonly autoheal: readonly number[];
}

/** Both at the same time, each with containers of its own. */
export async function eventToRestart(repeats: number): Promise<Delays> {
  await using github = await createGithubEmulator();
  const names = Array.from({ length: repeats }, (_, index) => `bench-heal-${process.pid}-${index}`);
  for (const name of names) github.addRunner({ scope, name, labels: ['self-hosted'], status: 'online' });
  await using ours = await startRunnerwatchHealer(github);
  await using theirs = await startAutoheal();
  using unhealthy = watchUnhealthy();
  const delaysOf = async (healer: Healer, label: (index: number) => string): Promise<readonly number[]> => {
    const delays: number[] = [];
    for (let index = 0; index < repeats; index += 1) delays.push(await once(healer, label(index), unhealthy.at));
    return delays;
  };
  const [runnerwatch, autoheal] = await Promise.all([
    delaysOf(ours, (index) => `runnerwatch.runner=${names[index]}`),
    delaysOf(theirs, () => `${autohealLabel}=true`),
  ]);
  return { runnerwatch, autoheal };
}

async function once(healer: Healer, label: string, unhealthyAt: ReadonlyMap<string, number>): Promise<number> {
  await using container = await runContainer('--init', '--label', label, ...health, 'busybox:stable', 'sh', '-c', life);
  const { name } = container;
  const id = await docker('inspect', '--format', '{{.Id}}', name);
  await untilHealthy(container);
  await container.exec('rm', '/tmp/well');
  const calledAt = () => healer.restartedAt.get(name) ?? healer.restartedAt.get(id);
  await waitUntil(() => calledAt() !== undefined && unhealthyAt.has(name), {
    timeoutMs: 60_000,
    what: () => `a restart of ${name}`,
  });
  // Not while it is restarted.
  await untilHealthy(container);
  return (calledAt() ?? Number.NaN) - (unhealthyAt.get(name) ?? Number.NaN);
}

async function untilHealthy({ name }: TestContainer): Promise<void> {
  const isHealthy = async () => (await docker('inspect', '--format', '{{.State.Health.Status}}', name)) === 'healthy';
  await waitUntil(isHealthy, { timeoutMs: 60_000, what: () => `${name} healthy` });
}

/** When each container became unhealthy, by Docker's own account. */
function watchUnhealthy(): Disposable & { readonly at: ReadonlyMap<string, number> } {
  const at = new Map<string, number>();
  const format = '{{.Actor.Attributes.name}} {{.TimeNano}} {{.Action}}';
  const watching = spawn('docker', ['events', '--filter', 'event=health_status', '--format', format]);
  createInterface(watching.stdout).on('line', (line) => {
    const [, name = '', nanoseconds] = /^(\S+) (\d+) health_status: unhealthy$/.exec(line) ?? [];
    if (name !== '' && !at.has(name)) at.set(name, Number(nanoseconds) / 1e6);
  });
  return { at, [Symbol.dispose]: () => void watching.kill() };
}
